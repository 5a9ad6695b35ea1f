/**
 * Writes: a POST of records is accepted as a job, and the job moves on by one state with each poll. What was written is
 * there at once: new subjects and records, changed answers, a revision for each. A batch with an item that leads nowhere
 * ends as `FAILED` and changes nothing.
 *
 * @layer logic
 * @module
 */
import { number, subjectKey as makeSubjectKey, text } from "./ConductRows.ts"
import type { Refusal } from "./Filter.ts"
import type { StudyData } from "./Generator.ts"
import * as Protocol from "./Protocol.ts"
import { make as makeRandom } from "./SeededRandom.ts"
import { type Json, type Row, timestamp } from "./Wire.ts"

/** How jobs behave; the service is not consistent here. @category models */
export interface JobOptions {
  /**
   * What a POST answers: `job` (default), `emptyArray` (`[]`), or `emptyState` (a job whose batch id and state are empty).
   */
  readonly jobReply?: "job" | "emptyArray" | "emptyState"
  /**
   * The state of each poll in turn; the last one repeats. Default `created`, `in progress`, `completed`. A list that
   * ends in `FAILED` or `CANCELLED` writes nothing.
   */
  readonly jobStates?: ReadonlyArray<string>
}

/** The jobs of a server: `submit` takes the body of a write, each `poll` moves a job on by one state. @category models */
export interface Jobs {
  readonly submit: (
    studyKey: string,
    body: string,
  ) => { readonly _tag: "accepted"; readonly body: unknown } | { readonly _tag: "refused"; readonly refusal: Refusal }
  readonly poll: (studyKey: string, batchId: string) => Row | undefined
  readonly list: (studyKey: string) => ReadonlyArray<Row>
}

interface Job {
  readonly studyKey: string
  readonly jobId: string
  readonly batchId: string
  readonly states: ReadonlyArray<string>
  readonly createdMs: number
  polls: number
}

/** The most jobs that are remembered; the oldest are forgotten first. */
export const jobsMax = 10_000
/** The most items of one batch. */
export const batchItemsMax = 10_000

const statesDefault = ["created", "in progress", "completed"] as const

/** No jobs yet; writes change the given data. @category constructors */
export const make = (data: StudyData, options: JobOptions): Jobs => {
  const states = options.jobStates ?? statesDefault
  const failing = /^(?:failed|cancelled)$/i.test(states.at(-1) ?? "")
  const draw = makeRandom("jobs")
  const jobs = new Map<string, Job>()

  const view = (job: Job): Row => {
    const place = Math.min(Math.max(0, job.polls - 1), job.states.length - 1)
    const state = job.states[place] ?? ""
    const ended = /^(?:completed|success|failed|cancelled)$/i.test(state)
    const started = place > 0 || ended
    return {
      jobId: job.jobId,
      batchId: job.batchId,
      state,
      dateCreated: timestamp(job.createdMs),
      ...(started ? { dateStarted: timestamp(job.createdMs + 1000) } : {}),
      ...(ended ? { dateFinished: timestamp(job.createdMs + 2000) } : {}),
    }
  }

  return {
    submit: (studyKey, body) => {
      let parsed: unknown
      try {
        parsed = JSON.parse(body)
      } catch {
        return refused("requestBody", body.slice(0, 40), "The request body is not JSON")
      }
      if (!Array.isArray(parsed)) return refused("requestBody", body.slice(0, 40), "The request body must be an array")
      if (parsed.length > batchItemsMax) {
        return refused("requestBody", String(parsed.length), `At most ${batchItemsMax} items are allowed`)
      }
      const items: Array<WriteItem> = []
      for (const item of parsed) {
        if (!isWriteItem(item))
          return refused("data", JSON.stringify(item).slice(0, 40), "Each item needs an object data")
        items.push(item)
      }
      const nowMs = data.tick(5000)
      const valid = failing || apply(data, studyKey, items, nowMs)
      const job: Job = {
        studyKey,
        jobId: draw.uuid(),
        batchId: draw.uuid(),
        states: valid ? states : [...states.slice(0, -1), "FAILED"],
        createdMs: nowMs,
        polls: 0,
      }
      jobs.set(job.batchId, job)
      const oldest = jobs.keys().next().value
      if (jobs.size > jobsMax && oldest !== undefined) jobs.delete(oldest)
      switch (options.jobReply ?? "job") {
        case "emptyArray":
          return { _tag: "accepted", body: [] }
        case "emptyState":
          return { _tag: "accepted", body: { jobId: job.jobId, batchId: "", state: "" } }
        case "job":
          return { _tag: "accepted", body: { jobId: job.jobId, batchId: job.batchId, state: "created" } }
      }
    },
    poll: (studyKey, batchId) => {
      const job = jobs.get(batchId)
      if (job === undefined || job.studyKey !== studyKey) return undefined
      job.polls += 1
      return view(job)
    },
    list: (studyKey) => [...jobs.values()].filter((job) => job.studyKey === studyKey).map(view),
  }
}

const refused = (attribute: string, value: string, description: string) =>
  ({ _tag: "refused", refusal: { attribute, value, description } }) as const

type WriteItem = { readonly [key: string]: Json } & { readonly data: { readonly [name: string]: Json } }

const isWriteItem = (item: unknown): item is WriteItem =>
  typeof item === "object" &&
  item !== null &&
  "data" in item &&
  typeof item.data === "object" &&
  item.data !== null &&
  !Array.isArray(item.data)

/** Applies a batch, or changes nothing and answers false. */
const apply = (data: StudyData, studyKey: string, items: ReadonlyArray<WriteItem>, nowMs: number): boolean => {
  const now = timestamp(nowMs)
  const subjects = [...data.list("subjects", studyKey)]
  const records = [...data.list("records", studyKey)]
  const revisions = [...data.list("recordRevisions", studyKey)]
  const sites = data.list("sites", studyKey)
  const visits = data.list("visits", studyKey)

  const revise = (record: Row, reason: string | null) => {
    const before = revisions.filter((row) => row["recordId"] === record["recordId"]).length
    revisions.push({
      studyKey,
      recordRevisionId: revisions.reduce((max, row) => Math.max(max, number(row, "recordRevisionId")), 0) + 1,
      recordId: number(record, "recordId"),
      recordOid: record["recordOid"] ?? null,
      recordRevision: before + 1,
      dataRevision: before + 1,
      recordStatus: text(record, "recordStatus"),
      subjectId: number(record, "subjectId"),
      subjectOid: record["subjectOid"] ?? null,
      subjectKey: text(record, "subjectKey"),
      siteId: number(record, "siteId"),
      formKey: text(record, "formKey"),
      intervalId: number(record, "intervalId"),
      role: "Data Manager",
      user: "api",
      reasonForChange: reason,
      deleted: false,
      dateCreated: now,
    })
  }
  const update = (index: number, item: WriteItem) => {
    const record = records[index]
    if (record === undefined) return
    const old = record["recordData"]
    const kept = typeof old === "object" && old !== null ? Object.fromEntries(Object.entries(old)) : {}
    const changed: Row = {
      ...record,
      dateModified: now,
      recordData: { ...kept, ...texts(item.data), dateModified: now },
    }
    records[index] = changed
    revise(changed, "API update")
  }
  const create = (subject: Row, formId: number, intervalId: number, item: WriteItem) => {
    const visit = visits.find((row) => row["subjectId"] === subject["subjectId"] && row["intervalId"] === intervalId)
    const record: Row = {
      studyKey,
      intervalId,
      formId,
      formKey: Protocol.forms[formId - 1]?.key ?? "",
      siteId: number(subject, "siteId"),
      recordId: records.reduce((max, row) => Math.max(max, number(row, "recordId")), 0) + 1,
      recordOid: null,
      recordType: "SUBJECT",
      recordStatus: "Record Incomplete",
      deleted: false,
      dateCreated: now,
      dateModified: now,
      subjectId: number(subject, "subjectId"),
      subjectOid: subject["subjectOid"] ?? null,
      subjectKey: text(subject, "subjectKey"),
      visitId: visit?.["visitId"] ?? null,
      parentRecordId: null,
      keywords: [],
      recordData: { dateCreated: now, unvnum: "1", dateModified: now, ...texts(item.data) },
    }
    records.push(record)
    revise(record, null)
  }

  for (const item of items) {
    if (item["recordId"] !== undefined || item["recordOid"] !== undefined) {
      const index = records.findIndex(
        (row) =>
          (item["recordId"] === undefined || row["recordId"] === Number(item["recordId"])) &&
          (item["recordOid"] === undefined || row["recordOid"] === item["recordOid"]),
      )
      if (index < 0) return false
      update(index, item)
      continue
    }
    const form = Protocol.forms.findIndex(
      (design, index) => design.key === item["formKey"] || index + 1 === item["formId"],
    )
    if (form < 0) return false
    const subject = subjects.find(
      (row) =>
        (item["subjectKey"] !== undefined && row["subjectKey"] === item["subjectKey"]) ||
        (item["subjectId"] !== undefined && row["subjectId"] === item["subjectId"]) ||
        (item["subjectOid"] !== undefined && row["subjectOid"] === item["subjectOid"]),
    )
    const named = ["subjectKey", "subjectId", "subjectOid"].some((key) => item[key] !== undefined)
    if (named && subject === undefined) return false
    if (subject === undefined) {
      const site = sites.find((row) => row["siteName"] === item["siteName"] || row["siteId"] === item["siteId"])
      if (site === undefined) return false
      const siteId = number(site, "siteId")
      const subjectRow: Row = {
        studyKey,
        subjectId: subjects.reduce((max, row) => Math.max(max, number(row, "subjectId")), 0) + 1,
        subjectOid: null,
        subjectKey: makeSubjectKey(siteId, subjects.filter((row) => row["siteId"] === siteId).length + 1),
        subjectStatus: "Registered",
        siteId,
        siteName: text(site, "siteName"),
        deleted: false,
        enrollmentStartDate: null,
        dateCreated: now,
        dateModified: now,
        keywords: [],
      }
      subjects.push(subjectRow)
      create(subjectRow, form + 1, 1, item)
      continue
    }
    if (item["intervalName"] === undefined && item["intervalId"] === undefined) {
      create(subject, form + 1, Protocol.unscheduledIntervalId, item)
      continue
    }
    const interval = Protocol.intervals.findIndex(
      (design, index) => design.name === item["intervalName"] || index + 1 === item["intervalId"],
    )
    if (interval < 0) return false
    const index = records.findIndex(
      (row) =>
        row["subjectId"] === subject["subjectId"] && row["formId"] === form + 1 && row["intervalId"] === interval + 1,
    )
    if (index < 0) create(subject, form + 1, interval + 1, item)
    else update(index, item)
  }
  data.change("subjects", studyKey, () => subjects)
  data.change("records", studyKey, () => records)
  data.change("recordRevisions", studyKey, () => revisions)
  return true
}

/** Answers are stored as the API returns them: as texts. */
const texts = (data: { readonly [name: string]: Json }): { readonly [name: string]: Json } =>
  Object.fromEntries(Object.entries(data).map(([name, value]) => [name, value === null ? "" : String(value)]))
