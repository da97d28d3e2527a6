#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#SBATCH --job-name=mase-search
#SBATCH --array=0-7
#SBATCH --cpus-per-task=4
#SBATCH --mem=4G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --output=mase_search_%A_%a.log
# Every task of the array works on one study in PostgreSQL: n_trials of the configuration is the study's total, the
# tasks take trial after trial until it is reached. A task that is killed or requeued loses nothing: another one finds
# its silent trial and evaluates the point again.
#   sbatch --export=ALL,MASE_STORAGE=postgresql://user@host:5432/studies configs/slurm/search_array.sh CONFIG.toml
# The password belongs into ~/.pgpass (mode 600, "host:5432:studies:user:password"), not into the URL: command lines and
# job environments can be read by others. SQLite is not for several machines: its locks do not work on network disks.
set -euo pipefail
: "${MASE_STORAGE:?set it to postgresql://user@host:port/database}"
config=${1:?usage: sbatch configs/slurm/search_array.sh CONFIG.toml [options of mase-gen search]}
shift
# One project folder a task: log.json, best.json and the report are written by each; the study itself is shared.
exec "${MASE_GEN:-mase-gen}" search --config "$config" --storage "$MASE_STORAGE" \
  --project "slurm_${SLURM_ARRAY_JOB_ID:-local}_${SLURM_ARRAY_TASK_ID:-0}" "$@"
