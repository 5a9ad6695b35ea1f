/**
 * Every command, in the order of the help page.
 *
 * @layer app
 * @module
 */
import type { CommandSpec } from "../cli/Spec.ts"
import { completions } from "./general/completions.ts"
import { demo } from "./general/demo.ts"
import { doctor } from "./general/doctor.ts"
import { help } from "./general/help.ts"
import { experimentsAnalyze } from "./experiments/analyze.ts"
import { experimentsDesign } from "./experiments/design.ts"
import { experimentsBundle } from "./experiments/bundle.ts"
import { experimentsDiff } from "./experiments/diff.ts"
import { experimentsExport } from "./experiments/export.ts"
import { experimentsGenerate } from "./experiments/generate.ts"
import { experimentsInit } from "./experiments/init.ts"
import { experimentsPlan } from "./experiments/plan.ts"
import { experimentsPower } from "./experiments/power.ts"
import { experimentsReport } from "./experiments/report.ts"
import { experimentsResume } from "./experiments/resume.ts"
import { experimentsRun } from "./experiments/run.ts"
import { experimentsStatus } from "./experiments/status.ts"
import { experimentsValidate } from "./experiments/validate.ts"
import { runsEvents } from "./runs/events.ts"
import { runsList } from "./runs/list.ts"
import { runsReceipt } from "./runs/receipt.ts"
import { runsShow } from "./runs/show.ts"
import { runsVerify } from "./runs/verify.ts"
import { studiesExtract } from "./studies/extract.ts"
import { studiesList } from "./studies/list.ts"
import { studiesPlan } from "./studies/plan.ts"
import { studiesResume } from "./studies/resume.ts"
import { studiesRun } from "./studies/run.ts"
import { studiesSimulate } from "./studies/simulate.ts"
import { studiesStatus } from "./studies/status.ts"

export const commands: ReadonlyArray<CommandSpec> = [
  studiesList,
  studiesPlan,
  studiesRun,
  studiesResume,
  studiesStatus,
  studiesExtract,
  studiesSimulate,
  experimentsInit,
  experimentsValidate,
  experimentsDesign,
  experimentsPlan,
  experimentsPower,
  experimentsRun,
  experimentsResume,
  experimentsStatus,
  experimentsAnalyze,
  experimentsReport,
  experimentsExport,
  experimentsBundle,
  experimentsDiff,
  experimentsGenerate,
  runsList,
  runsShow,
  runsEvents,
  runsVerify,
  runsReceipt,
  demo,
  doctor,
  completions,
  help,
]
