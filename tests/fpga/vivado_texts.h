// SPDX-License-Identifier: Apache-2.0
// Vivado's reports, as its versions lay them out. The texts were written for the tests; only the
// layout is Vivado's.
#pragma once
#include <string>

namespace mase::fpga {

// 2020.2: no column of prohibited sites.
inline constexpr char kUtilisation2020[] =
    R"(Copyright 1986-2020 Xilinx, Inc. All Rights Reserved.
---------------------------------------------------------------------------------------
| Tool Version : Vivado v.2020.2 (lin64) Build 3064766 Wed Nov 18 09:12:47 MST 2020
| Date         : Mon Mar  1 10:00:00 2021
| Host         : machine running 64-bit Ubuntu
| Command      : report_utilization -file reports/utilization.rpt
| Design       : top
| Device       : xcu250figd2104-2L
| Design State : Routed
---------------------------------------------------------------------------------------

Utilization Design Information

Table of Contents
-----------------
1. CLB Logic
1.1 Summary of Registers by Type

1. CLB Logic
------------

+----------------------------+-------+-------+-----------+-------+
|          Site Type         |  Used | Fixed | Available | Util% |
+----------------------------+-------+-------+-----------+-------+
| CLB LUTs                   | 12345 |     0 |   1728000 |  0.71 |
|   LUT as Logic             | 12000 |     0 |   1728000 |  0.69 |
|   LUT as Memory            |   345 |     0 |    791040 |  0.04 |
|     LUT as Shift Register  |   345 |     0 |           |       |
| CLB Registers              | 23456 |     0 |   3456000 |  0.68 |
|   Register as Latch        |     0 |     0 |   3456000 |  0.00 |
| CARRY8                     |   678 |     0 |    216000 |  0.31 |
| F7 Muxes                   |    12 |     0 |    864000 | <0.01 |
+----------------------------+-------+-------+-----------+-------+

1.1 Summary of Registers by Type
--------------------------------

+-------+--------------+-------------+--------------+
| Total | Clock Enable | Synchronous | Asynchronous |
+-------+--------------+-------------+--------------+
| 0     |            _ |           - |            - |
| 23456 |          Yes |       Reset |            - |
+-------+--------------+-------------+--------------+

3. BLOCKRAM
-----------

+-------------------+------+-------+-----------+-------+
|     Site Type     | Used | Fixed | Available | Util% |
+-------------------+------+-------+-----------+-------+
| Block RAM Tile    | 10.5 |     0 |      2688 |  0.39 |
|   RAMB36/FIFO*    |   10 |     0 |      2688 |  0.37 |
|   RAMB18          |    1 |     0 |      5376 |  0.02 |
| URAM              |    3 |     0 |      1280 |  0.23 |
+-------------------+------+-------+-----------+-------+
* Note: Each Block RAM Tile only has one FIFO logic available

4. ARITHMETIC
-------------

+----------------+------+-------+-----------+-------+
|    Site Type   | Used | Fixed | Available | Util% |
+----------------+------+-------+-----------+-------+
| DSPs           |   28 |     0 |     12288 |  0.23 |
|   DSP48E2 only |   28 |       |           |       |
+----------------+------+-------+-----------+-------+

13. SLR CLB Logic and Dedicated Block Utilization
-------------------------------------------------

+----------------------------+-------+------+--------+--------+
|          Site Type         |  SLR0 | SLR1 | SLR0 % | SLR1 % |
+----------------------------+-------+------+--------+--------+
| CLB LUTs                   | 12300 |   45 |   2.85 |   0.01 |
| CARRY8                     |   678 |    0 |   1.26 |   0.00 |
+----------------------------+-------+------+--------+--------+
)";

// From 2021.1 on there are prohibited sites; after synthesis LUTs have a mark and a note.
inline constexpr char kUtilisation2022[] =
    R"(Copyright 1986-2022 Xilinx, Inc. All Rights Reserved. Copyright 2022-2023 Advanced Micro Devices, Inc. All Rights Reserved.
---------------------------------------------------------------------------------------
| Tool Version : Vivado v.2022.2.1 (lin64) Build 3719031 Thu Dec  8 18:35:06 MST 2022
| Design       : top
| Device       : xcu250-figd2104-2L-e
| Speed File   : -2L
| Design State : Synthesized
---------------------------------------------------------------------------------------

1. CLB Logic
------------

+-------------------------+-------+-------+------------+-----------+-------+
|        Site Type        |  Used | Fixed | Prohibited | Available | Util% |
+-------------------------+-------+-------+------------+-----------+-------+
| CLB LUTs*               |   796 |     0 |          0 |   1728000 |  0.05 |
|   LUT as Logic          |   796 |     0 |          0 |   1728000 |  0.05 |
| CLB Registers           |   949 |     0 |          0 |   3456000 |  0.03 |
| CARRY8                  |    39 |     0 |          0 |    216000 |  0.02 |
+-------------------------+-------+-------+------------+-----------+-------+
* Warning! The Final LUT count, after physical optimizations and full implementation, is typically lower.

2. BLOCKRAM
-----------

+-------------------+------+-------+------------+-----------+-------+
|     Site Type     | Used | Fixed | Prohibited | Available | Util% |
+-------------------+------+-------+------------+-----------+-------+
| Block RAM Tile    |    0 |     0 |          0 |      2688 |  0.00 |
+-------------------+------+-------+------------+-----------+-------+

3. ARITHMETIC
-------------

+-----------+------+-------+------------+-----------+-------+
| Site Type | Used | Fixed | Prohibited | Available | Util% |
+-----------+------+-------+------------+-----------+-------+
| DSPs      |    0 |     0 |          0 |     12288 |  0.00 |
+-----------+------+-------+------------+-----------+-------+
)";

// 2025.1 of a 7-series part: other names, other order of columns is possible by header.
inline constexpr char kUtilisation2025[] =
    R"(Copyright 1986-2022 Xilinx, Inc. All Rights Reserved. Copyright 2022-2025 Advanced Micro Devices, Inc. All Rights Reserved.
----------------------------------------------------------------------------------------------------------------------
| Tool Version : Vivado v.2025.1 (lin64) Build 6140274 Thu May 22 00:12:29 MDT 2025
| Device       : xc7z020clg400-1
| Design State : Fully Placed
----------------------------------------------------------------------------------------------------------------------

1. Slice Logic
--------------

+-------------------------+------+-------+------------+-----------+-------+
|        Site Type        | Used | Fixed | Prohibited | Available | Util% |
+-------------------------+------+-------+------------+-----------+-------+
| Slice LUTs              | 4321 |     0 |          0 |     53200 |  8.12 |
| Slice Registers         | 5432 |     0 |          0 |    106400 |  5.11 |
+-------------------------+------+-------+------------+-----------+-------+

3. Memory
---------

+----------------+------+-------+------------+-----------+-------+
|    Site Type   | Used | Fixed | Prohibited | Available | Util% |
+----------------+------+-------+------------+-----------+-------+
| Block RAM Tile |  2.5 |     0 |          0 |       140 |  1.79 |
+----------------+------+-------+------------+-----------+-------+

4. DSP
------

+-----------+------+-------+------------+-----------+-------+
| Site Type | Used | Fixed | Prohibited | Available | Util% |
+-----------+------+-------+------------+-----------+-------+
| DSPs      |   17 |     0 |          0 |       220 |  7.73 |
+-----------+------+-------+------------+-----------+-------+
)";

/// What a design's row and the words below it say: the counts and the words follow from the slacks.
inline std::string timing(const std::string& wns, const std::string& whs,
                          const std::string& version = "2020.2",
                          const std::string& wpws = "1.125") {
  const auto missed = [](const std::string& slack) { return slack.starts_with('-'); };
  const auto figures = [&](const std::string& slack, const char* failing, const char* total) {
    return "        " + slack + (missed(slack) ? "       -1.204  " : "        0.000  ") +
           "                   " + (missed(slack) ? failing : "0") + "                 " + total;
  };
  const bool met = !missed(wns) && !missed(whs) && !missed(wpws);
  return "| Tool Version : Vivado v." + version + R"( (lin64) Build 3064766
| Command      : report_timing_summary -max_paths 10 -return_string

Timing Summary Report

------------------------------------------------------------------------------------------------
| Timer Settings
| --------------
------------------------------------------------------------------------------------------------

  Enable Multi Corner Analysis               :  Yes

check_timing report

Table of Contents
-----------------
1. checking no_clock (0)
2. checking constant_clock (0)
3. checking pulse_width_clock (0)
4. checking unconstrained_internal_endpoints (0)
5. checking no_input_delay (35)

1. checking no_clock (0)
------------------------
 There are 0 register/latch pins with no clock.


------------------------------------------------------------------------------------------------
| Design Timing Summary
| ---------------------
------------------------------------------------------------------------------------------------

    WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints      WHS(ns)      THS(ns)  THS Failing Endpoints  THS Total Endpoints     WPWS(ns)     TPWS(ns)  TPWS Failing Endpoints  TPWS Total Endpoints  
    -------      -------  ---------------------  -------------------      -------      -------  ---------------------  -------------------     --------     --------  ----------------------  --------------------  
)" + figures(wns, "2", "4711") +
         figures(whs, "1", "4711") + figures(wpws, "36", "2345") + "\n\n\n" +
         (met ? "All user specified timing constraints are met.\n"
              : "Timing constraints are not met.\n") +
         R"(

------------------------------------------------------------------------------------------------
| Clock Summary
| -------------
------------------------------------------------------------------------------------------------

Clock    Waveform(ns)         Period(ns)      Frequency(MHz)
-----    ------------         ----------      --------------
clk      {0.000 1.667}        3.333           300.030         
  half   {0.000 3.333}        6.666           150.015         

------------------------------------------------------------------------------------------------
| Intra Clock Table
| -----------------
------------------------------------------------------------------------------------------------

Clock             WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints      WHS(ns)
-----             -------      -------  ---------------------  -------------------      -------
clk                 9.999        0.000                      0                 4711        9.999
)";
}

// 2023.1: a longer head, methodology and check_timing before the summary, paths with slacks of
// their own after it; two clocks, one of them generated.
inline constexpr char kTiming2023[] =
    R"(Copyright 1986-2022 Xilinx, Inc. All Rights Reserved. Copyright 2022-2023 Advanced Micro Devices, Inc. All Rights Reserved.
-----------------------------------------------------------------------------------------------------------------
| Tool Version      : Vivado v.2023.1 (lin64) Build 3865809 Sun May  7 15:04:56 MDT 2023
| Command           : report_timing_summary -max_paths 10 -file reports/timing.rpt
| Design            : top
| Device            : xcu250-figd2104
| Speed File        : -2L  PRODUCTION 1.31 10-01-2022
| Design State      : Routed
| Temperature Grade : E
-----------------------------------------------------------------------------------------------------------------

Timing Summary Report

------------------------------------------------------------------------------------------------
| Report Methodology
| ------------------
------------------------------------------------------------------------------------------------

No report available as report_methodology has not been run prior.

check_timing report

Table of Contents
-----------------
1. checking no_clock (0)
2. checking constant_clock (0)
3. checking pulse_width_clock (0)
4. checking unconstrained_internal_endpoints (0)
5. checking no_input_delay (3)
6. checking no_output_delay (40)
7. checking multiple_clock (0)
8. checking generated_clocks (0)
9. checking loops (0)
10. checking partial_input_delay (0)
11. checking partial_output_delay (0)
12. checking latch_loops (0)

1. checking no_clock (0)
------------------------
 There are 0 register/latch pins with no clock.

------------------------------------------------------------------------------------------------
| Design Timing Summary
| ---------------------
------------------------------------------------------------------------------------------------

    WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints      WHS(ns)      THS(ns)  THS Failing Endpoints  THS Total Endpoints     WPWS(ns)     TPWS(ns)  TPWS Failing Endpoints  TPWS Total Endpoints  
    -------      -------  ---------------------  -------------------      -------      -------  ---------------------  -------------------     --------     --------  ----------------------  --------------------  
     -0.087       -1.204                     31               120345        0.010        0.000                      0               120345        0.550        0.000                       0                 60001  


Timing constraints are not met.


------------------------------------------------------------------------------------------------
| Clock Summary
| -------------
------------------------------------------------------------------------------------------------

Clock                 Waveform(ns)         Period(ns)      Frequency(MHz)
-----                 ------------         ----------      --------------
sys_clk_p             {0.000 1.666}        3.333           300.030         
  clk_out1_clk_wiz_0  {0.000 2.000}        4.000           250.000         

------------------------------------------------------------------------------------------------
| Inter Clock Table
| -----------------
------------------------------------------------------------------------------------------------

From Clock    To Clock          WNS(ns)      TNS(ns)
----------    --------          -------      -------

Max Delay Paths
--------------------------------------------------------------------------------------
Slack (VIOLATED) :        -0.087ns  (required time - arrival time)
)";

// 2025.1, nothing constrained: no figure is one.
inline constexpr char kTiming2025[] =
    R"(| Tool Version      : Vivado v.2025.1 (lin64) Build 6140274 Thu May 22 00:12:29 MDT 2025
| Design State      : Routed

check_timing report

1. checking no_clock (961)
--------------------------
 There are 961 register/latch pins with no clock driven by root clock pin: clk_i (HIGH)

------------------------------------------------------------------------------------------------
| Design Timing Summary
| ---------------------
------------------------------------------------------------------------------------------------

    WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints      WHS(ns)      THS(ns)  THS Failing Endpoints  THS Total Endpoints     WPWS(ns)     TPWS(ns)  TPWS Failing Endpoints  TPWS Total Endpoints  
    -------      -------  ---------------------  -------------------      -------      -------  ---------------------  -------------------     --------     --------  ----------------------  --------------------  
        inf        0.000                      0                  961          inf        0.000                      0                  961           NA           NA                      NA                    NA  


There are no user specified timing constraints.
)";

// 2023.1: nets that a constraint fixed are told, too.
inline constexpr char kRoute2023[] = R"(Design Route Status
                                               :      # nets :
   ------------------------------------------- : ----------- :
   # of logical nets.......................... :      215331 :
       # of nets not needing routing.......... :       93127 :
           # of internally routed nets........ :       81006 :
           # of nets with no loads............ :       11873 :
           # of implicitly routed ports....... :         248 :
       # of routable nets..................... :      122204 :
           # of nets with fixed routing....... :         120 :
           # of fully routed nets............. :      122204 :
       # of nets with routing errors.......... :           0 :
   ------------------------------------------- : ----------- :
)";

inline constexpr char kRoute[] = R"(Design Route Status
                                               :      # nets :
   ------------------------------------------- : ----------- :
   # of logical nets.......................... :       40000 :
       # of nets not needing routing.......... :       15000 :
           # of internally routed nets........ :       14000 :
           # of nets with no loads............ :        1000 :
       # of routable nets..................... :       25000 :
           # of fully routed nets............. :       24998 :
       # of nets with routing errors.......... :           1 :
           # of nets with some unrouted pins.. :           1 :
   ------------------------------------------- : ----------- :
)";

inline constexpr char kFullyRouted[] = R"(Design Route Status
                                               :      # nets :
   ------------------------------------------- : ----------- :
   # of logical nets.......................... :        9000 :
       # of nets not needing routing.......... :        4000 :
           # of internally routed nets........ :        4000 :
       # of routable nets..................... :        5000 :
           # of fully routed nets............. :        5000 :
       # of nets with routing errors.......... :           0 :
   ------------------------------------------- : ----------- :
)";

inline std::string summary(const std::string& stage = "routed", const std::string& wns = "0.312",
                           int unrouted = 0, const std::string& wpws = "1.125") {
  return R"({"format": "mase-vivado", "vivado": "2020.2", "part": "xcu250-figd2104-2L-e",
 "top": "top", "design": "abc", "stage": ")" +
         stage + R"(", "period_ns": 3.333,
 "wns_ns": )" +
         wns + R"(, "whs_ns": 0.021, "wpws_ns": )" + wpws +
         R"(,
 "pulse_width_violations": 0, "no_clock_pins": 0, "unconstrained_endpoints": 0,
 "unrouted_nets": )" +
         std::to_string(unrouted) + R"(, "routing_errors": 0, "drc_errors": 0})" + "\n";
}

}  // namespace mase::fpga
