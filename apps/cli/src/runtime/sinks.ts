/**
 * The sink that a form of files means.
 *
 * @layer app
 * @module
 */
import { resolve } from "node:path"
import type { Durable } from "@heddle/core/Durable"
import type { Format, Sink } from "@heddle/studies/Sink"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Settings } from "../config/Setting.ts"

/** Forms by name. */
const forms: Readonly<
  Record<Format, () => Promise<{ readonly layer: (root: string) => Layer.Layer<Sink, never, Durable> }>>
> = {
  csv: () => import("@heddle/studies/node/SinkCsv"),
  jsonl: () => import("@heddle/studies/node/SinkJsonLines"),
  parquet: () => import("@heddle/studies/node/SinkParquet"),
  sqlite: () => import("@heddle/studies/node/SinkSqlite"),
}

/** Folder and form of extracted files unless they are said. */
export const folderDefault = "extract"
export const formatDefault: Format = "csv"

/** Reads the name of a form; anything else is the default's. */
export const formatOf = (word: string | undefined): Format =>
  word === "jsonl" || word === "parquet" || word === "sqlite" ? word : formatDefault

/** Writes and reads extracted files below `root`. */
export const layerSink = (format: Format, root: string): Layer.Layer<Sink, never, Durable> =>
  Layer.unwrap(Effect.map(Effect.promise(forms[format]), (form) => form.layer(root)))

/** Where the settings say that earlier extracts are, for pipelines that compare with them. */
export const layerSinkOf = (settings: Settings): Layer.Layer<Sink, never, Durable> =>
  layerSink(formatOf(settings.text("format")), resolve(settings.text("extract-folder") ?? folderDefault))
