/**
 * The result of an analysis as a file, `analysis.json`: keys in the order of the schema, two spaces, one line end. The same
 * result gives the same bytes; a file that is read back is checked against the schema.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { AnalysisResult } from "./analysis/AnalysisResult.ts"
import { ArtifactsError } from "./ExperimentError.ts"

/** Name of the file. */
export const fileName = "analysis.json"

const json = Schema.fromJsonString(AnalysisResult)
const encodeResult = Schema.encodeUnknownSync(AnalysisResult)
const decodeText = Schema.decodeUnknownResult(json)

/** The result as the text of its file. @category conversions */
export const encode = (result: AnalysisResult): string => `${JSON.stringify(encodeResult(result), null, 2)}\n`

/** Reads the text of a file; `path` names it in the error. @category conversions */
export const decode = (text: string, path: string = fileName): Result.Result<AnalysisResult, ArtifactsError> =>
  Result.mapError(
    decodeText(text),
    (error) =>
      new ArtifactsError({
        reason: "invalid",
        path,
        problem: `it is no analysis that this version can read: ${String(error.message).split("\n", 1)[0] ?? ""}`,
        hints: ["make it again: heddle experiments analyze"],
      }),
  )
