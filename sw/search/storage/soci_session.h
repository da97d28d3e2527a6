// SPDX-License-Identifier: Apache-2.0
#pragma once
// SOCI as Debian builds it wants the headers of Boost for templates that nothing here uses; they
// are no part of its binary interface, so that they can be left out.
#include <soci/soci-config.h>
#undef SOCI_HAVE_BOOST
#include <soci/soci.h>
