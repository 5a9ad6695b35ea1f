/**
 * The lists of a generated study that grow while it runs: subjects, visits, records, their revisions, queries and
 * codings. Each list is made from the ones before it, so ids and keys always lead to something.
 *
 * @layer logic
 * @module
 */
import { between, random, roleNames, type StudyFrame } from "./DesignRows.ts"
import * as Protocol from "./Protocol.ts"
import type { SeededRandom } from "./SeededRandom.ts"
import { date, type Row, timestamp, timestampMs } from "./Wire.ts"

const dayMs = 86_400_000

/** Text of a field that is known to be one. @category accessors */
export const text = (row: Row, field: string): string => String(row[field] ?? "")
/** Number of a field that is known to be one. @category accessors */
export const number = (row: Row, field: string): number => Number(row[field] ?? 0)

/** The key of the n-th subject of a site. @category formatting */
export const subjectKey = (siteId: number, place: number): string =>
  `${String(siteId).padStart(2, "0")}-${String(place).padStart(3, "0")}`

/** The subjects of a study in order of registration, spread over its sites. @category lists */
export const subjects = (frame: StudyFrame, sites: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const draw = random(frame, "subjects")
  // Enrollment speeds up as sites open: the square root bends uniform draws towards the present.
  const span = frame.nowMs - frame.startMs
  const moments = Array.from(
    { length: frame.subjectCount },
    () => frame.startMs + Math.floor((Math.sqrt(draw.next()) * span) / 1000) * 1000,
  ).sort((a, b) => a - b)
  const places = new Map<number, number>()
  return moments.map((registered, index): Row => {
    const site = sites[draw.int(0, sites.length - 1)]
    const siteId = site === undefined ? 1 : number(site, "siteId")
    const place = (places.get(siteId) ?? 0) + 1
    places.set(siteId, place)
    const enrolledMs = Math.min(registered + draw.int(0, 14) * dayMs, frame.nowMs)
    const status = statusAt(draw, (frame.nowMs - enrolledMs) / dayMs)
    const enrolled = status !== "Registered" && status !== "Screen Failed"
    const modified = between(draw, enrolledMs, frame.nowMs)
    return {
      studyKey: frame.studyKey,
      subjectId: index + 1,
      subjectOid: draw.chance(0.15) ? `OID-${index + 1}` : null,
      subjectKey: subjectKey(siteId, place),
      subjectStatus: status,
      siteId,
      siteName: site === undefined ? "" : text(site, "siteName"),
      deleted: draw.chance(0.01),
      enrollmentStartDate: enrolled ? timestamp(enrolledMs) : null,
      dateCreated: timestamp(registered),
      dateModified: timestamp(modified),
      keywords: draw.chance(0.08)
        ? [{ keywordName: "Data Entry Error", keywordKey: "DEE", keywordId: 15_362, dateAdded: timestamp(modified) }]
        : [],
    }
  })
}

const statusAt = (draw: SeededRandom, daysEnrolled: number): string => {
  const lot = draw.next()
  if (lot < 0.08) return "Screen Failed"
  if (daysEnrolled < 7) return "Registered"
  if (lot < 0.14) return "Withdrawn"
  if (daysEnrolled > 400) return "Completed"
  return daysEnrolled < 30 ? "Baseline" : "Enrolled"
}

/** The visits of each subject that were due by the present, subject by subject. @category lists */
export const visits = (frame: StudyFrame, subjects: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const draw = random(frame, "visits")
  const rows: Array<Row> = []
  for (const subject of subjects) {
    const enrolled = subject["enrollmentStartDate"]
    const startMs = timestampMs(typeof enrolled === "string" ? enrolled : text(subject, "dateCreated"))
    for (const [index, interval] of Protocol.intervals.entries()) {
      if (interval.dayOffset < 0) continue
      if (index > 0 && typeof enrolled !== "string") break
      const dueMs = startMs + interval.dayOffset * dayMs
      const atMs = Math.min(dueMs + draw.int(0, interval.slackDays) * dayMs, frame.nowMs)
      if (dueMs > frame.nowMs) break
      const window = interval.timeline === "Start - End Date"
      const done = !draw.chance(0.05)
      rows.push({
        visitId: rows.length + 1,
        studyKey: frame.studyKey,
        intervalId: index + 1,
        intervalName: interval.name,
        subjectId: number(subject, "subjectId"),
        subjectKey: text(subject, "subjectKey"),
        startDate: window ? date(dueMs - interval.slackDays * dayMs) : null,
        endDate: window ? date(dueMs + interval.slackDays * dayMs) : null,
        dueDate: interval.timeline === "None" ? (draw.chance(0.5) ? "" : null) : date(dueMs),
        visitDate: done ? date(atMs) : null,
        visitDateForm: index === 0 ? "Registration" : "Vital Signs",
        deleted: false,
        visitDateQuestion: index === 0 ? "ICDAT" : "VSDAT",
        dateCreated: timestamp(atMs),
        dateModified: timestamp(between(draw, atMs, Math.min(atMs + 20 * dayMs, frame.nowMs))),
      })
    }
  }
  return rows
}

const recordStatuses = [
  "Record Complete",
  "Record Complete",
  "Record Complete",
  "Record Incomplete",
  "Record Locked",
] as const

/** The records of all visits that took place, and adverse events with medications between them. @category lists */
export const records = (
  frame: StudyFrame,
  subjects: ReadonlyArray<Row>,
  visits: ReadonlyArray<Row>,
): ReadonlyArray<Row> => {
  const draw = random(frame, "records")
  const rows: Array<Row> = []
  const push = (subject: Row, formKey: string, intervalId: number, visitId: number | null, atMs: number) => {
    const place = Protocol.forms.findIndex((form) => form.key === formKey)
    const modified = between(draw, atMs, Math.min(atMs + 45 * dayMs, frame.nowMs))
    const id = rows.length + 1
    rows.push({
      studyKey: frame.studyKey,
      intervalId,
      formId: place + 1,
      formKey,
      siteId: number(subject, "siteId"),
      recordId: id,
      recordOid: draw.chance(0.1) ? `REC-${id}` : null,
      recordType: "SUBJECT",
      recordStatus: draw.pick(recordStatuses),
      deleted: draw.chance(0.01),
      dateCreated: timestamp(atMs),
      dateModified: timestamp(modified),
      subjectId: number(subject, "subjectId"),
      subjectOid: subject["subjectOid"] ?? null,
      subjectKey: text(subject, "subjectKey"),
      visitId,
      // A medication given for an event points to the event's record.
      parentRecordId: formKey === "CM" && rows.at(-1)?.["formKey"] === "AE" && draw.chance(0.5) ? id - 1 : null,
      keywords: draw.chance(0.03)
        ? [{ keywordName: "Data Entry Error", keywordKey: "DEE", keywordId: 15_362, dateAdded: timestamp(modified) }]
        : [],
      recordData: answers(draw, Protocol.forms[place]?.variables ?? [], atMs, modified),
    })
  }
  let next = 0
  for (const subject of subjects) {
    const subjectId = number(subject, "subjectId")
    let lastMs = timestampMs(text(subject, "dateCreated"))
    for (let visit = visits[next]; visit !== undefined && visit["subjectId"] === subjectId; visit = visits[++next]) {
      const interval = Protocol.intervals[number(visit, "intervalId") - 1]
      const visitDate = visit["visitDate"]
      if (interval === undefined || typeof visitDate !== "string") continue
      lastMs = timestampMs(text(visit, "dateCreated"))
      for (const formKey of interval.forms) {
        push(subject, formKey, number(visit, "intervalId"), number(visit, "visitId"), lastMs)
      }
    }
    if (typeof subject["enrollmentStartDate"] !== "string") continue
    const events = draw.chance(0.35) ? draw.int(1, 3) : 0
    for (let event = 0; event < events; event++) {
      const atMs = between(draw, timestampMs(subject["enrollmentStartDate"]), frame.nowMs)
      push(subject, "AE", Protocol.unscheduledIntervalId, null, atMs)
      if (draw.chance(0.5)) push(subject, "CM", Protocol.unscheduledIntervalId, null, atMs)
    }
  }
  return rows
}

/** Answers as the API returns them: texts, an empty text where nothing was entered. */
const answers = (
  draw: SeededRandom,
  variables: ReadonlyArray<Protocol.VariableDesign>,
  createdMs: number,
  modifiedMs: number,
): Row => {
  const data: { [name: string]: string } = {
    dateCreated: timestamp(createdMs),
    unvnum: "1",
    dateModified: timestamp(modifiedMs),
  }
  for (const variable of variables) {
    if (variable.deleted === true) continue
    data[variable.name] = draw.chance(0.04) ? "" : answer(draw, variable, createdMs)
  }
  return data
}

const answer = (draw: SeededRandom, variable: Protocol.VariableDesign, atMs: number): string => {
  switch (variable.type) {
    case "DATE":
      return date(atMs - draw.int(0, 3) * dayMs)
    case "NUMBER": {
      const [mean, deviation, decimals] = variable.number ?? [50, 10, 0]
      return draw.bell(mean, deviation).toFixed(decimals)
    }
    case "CHECKBOX":
      return draw.chance(0.4) ? "true" : "false"
    case "TEXTAREA":
    case "MEMO":
      // Line breaks, quotes, commas and a leading sign: what free text does to a table if nobody takes care.
      return draw.chance(0.7)
        ? ""
        : draw.pick([
            "Seen on time.",
            'Patient said "better", then left',
            "=checked twice\nno change",
            "Größe nachgemessen; ok",
          ])
    default:
      return variable.values === undefined ? "" : draw.pick(variable.values)
  }
}

const reasons = ["Data entry error", "Source corrected", "Query answered"] as const

/** The audit rows of each record, one for each of its revisions. @category lists */
export const recordRevisions = (
  frame: StudyFrame,
  records: ReadonlyArray<Row>,
  users: ReadonlyArray<Row>,
): ReadonlyArray<Row> => {
  const draw = random(frame, "recordRevisions")
  const rows: Array<Row> = []
  for (const record of records) {
    const [fromMs, toMs] = [timestampMs(text(record, "dateCreated")), timestampMs(text(record, "dateModified"))]
    const count = fromMs === toMs ? 1 : draw.int(2, 3)
    for (let revision = 1; revision <= count; revision++) {
      const last = revision === count
      const user = users[draw.int(0, users.length - 1)]
      rows.push({
        studyKey: frame.studyKey,
        recordRevisionId: rows.length + 1,
        recordId: number(record, "recordId"),
        recordOid: record["recordOid"] ?? null,
        recordRevision: revision,
        dataRevision: revision,
        recordStatus: last ? text(record, "recordStatus") : "Record Incomplete",
        subjectId: number(record, "subjectId"),
        subjectOid: record["subjectOid"] ?? null,
        subjectKey: text(record, "subjectKey"),
        siteId: number(record, "siteId"),
        formKey: text(record, "formKey"),
        intervalId: number(record, "intervalId"),
        role: draw.pick(roleNames),
        user: user === undefined ? "" : text(user, "login"),
        reasonForChange: revision === 1 ? null : draw.pick(reasons),
        deleted: last && record["deleted"] === true,
        dateCreated: timestamp(
          last ? toMs : fromMs + Math.floor((toMs - fromMs) / 1000 / count) * 1000 * (revision - 1),
        ),
      })
    }
  }
  return rows
}

/** Queries about some subjects and records: open, answered, closed, and some opened again. @category lists */
export const queries = (
  frame: StudyFrame,
  subjects: ReadonlyArray<Row>,
  records: ReadonlyArray<Row>,
  users: ReadonlyArray<Row>,
): ReadonlyArray<Row> => {
  const draw = random(frame, "queries")
  const rows: Array<Row> = []
  const push = (about: Row, type: "subject" | "record" | "question", variable: string | null, description: string) => {
    const createdMs = between(draw, timestampMs(text(about, "dateCreated")), frame.nowMs)
    const kind = draw.chance(0.6) ? "Monitor Query" : "Data Query"
    const steps = draw.chance(0.7) ? ["Open", "Answered", "Closed"] : draw.chance(0.5) ? ["Open", "Answered"] : ["Open"]
    // Some are closed and opened again: only the last comment tells.
    if (steps.length === 3 && draw.chance(0.08)) steps.push("Reopened")
    let atMs = createdMs
    const comments = steps.map((step, index): Row => {
      if (index > 0) atMs = between(draw, atMs, Math.min(atMs + 30 * dayMs, frame.nowMs))
      const user = users[draw.int(0, users.length - 1)]
      return {
        sequence: index + 1,
        annotationStatus: `${kind} ${step}`,
        user: user === undefined ? "" : text(user, "login"),
        comment: step === "Open" ? description : step === "Answered" ? "Checked against the source." : "",
        closed: step === "Closed",
        date: timestamp(atMs),
      }
    })
    rows.push({
      studyKey: frame.studyKey,
      subjectId: number(about, "subjectId"),
      subjectOid: about["subjectOid"] ?? null,
      annotationType: kind,
      annotationId: rows.length + 1,
      type: draw.chance(0.2) ? null : type,
      description,
      recordId: type === "subject" ? null : number(about, "recordId"),
      variable,
      subjectKey: text(about, "subjectKey"),
      dateCreated: timestamp(createdMs),
      dateModified: timestamp(atMs),
      queryComments: comments,
    })
  }
  for (const subject of subjects) {
    if (draw.chance(0.03)) push(subject, "subject", null, "Please confirm that the consent version is right.")
  }
  for (const record of records) {
    const lot = draw.next()
    if (lot >= 0.14) continue
    const names = (Protocol.forms[number(record, "formId") - 1]?.variables ?? []).filter((v) => v.deleted !== true)
    const variable = names[draw.int(0, Math.max(0, names.length - 1))]
    if (lot < 0.02 || variable === undefined) push(record, "record", null, "Please review the whole form.")
    else push(record, "question", variable.name, `Please verify: ${variable.label}.`)
  }
  return rows
}

const dictionaries = {
  AE: { variable: "AETERM", name: "MedDRA", version: "28.1" },
  CM: { variable: "CMTRT", name: "WHODrug", version: "2026 Mar" },
} as const

/** The codings of most adverse events and medications. @category lists */
export const codings = (
  frame: StudyFrame,
  sites: ReadonlyArray<Row>,
  records: ReadonlyArray<Row>,
): ReadonlyArray<Row> => {
  const draw = random(frame, "codings")
  const siteNames = new Map(sites.map((site) => [number(site, "siteId"), text(site, "siteName")]))
  const rows: Array<Row> = []
  for (const record of records) {
    const formKey = text(record, "formKey")
    if (formKey !== "AE" && formKey !== "CM") continue
    const dictionary = dictionaries[formKey]
    const data = record["recordData"]
    const value =
      typeof data === "object" && data !== null && dictionary.variable in data
        ? String(Object.entries(data).find(([name]) => name === dictionary.variable)?.[1] ?? "")
        : ""
    if (value === "" || draw.chance(0.15)) continue
    rows.push({
      studyKey: frame.studyKey,
      siteName: siteNames.get(number(record, "siteId")) ?? "",
      siteId: number(record, "siteId"),
      subjectId: number(record, "subjectId"),
      subjectKey: text(record, "subjectKey"),
      formId: number(record, "formId"),
      formName: Protocol.forms[number(record, "formId") - 1]?.name ?? "",
      formKey,
      revision: draw.int(1, 3),
      recordId: number(record, "recordId"),
      variable: dictionary.variable,
      value,
      codingId: rows.length + 1,
      code: value.toUpperCase(),
      codedBy: "coder1",
      reason: draw.chance(0.2) ? "Dictionary update" : null,
      dictionaryName: dictionary.name,
      dictionaryVersion: dictionary.version,
      dateCoded: timestamp(between(draw, timestampMs(text(record, "dateModified")), frame.nowMs)),
    })
  }
  return rows
}
