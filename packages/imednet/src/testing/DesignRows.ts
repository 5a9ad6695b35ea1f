/**
 * The lists of a generated study that its set-up fixes: forms, intervals, variables, sites and users.
 *
 * @layer logic
 * @module
 */
import * as Protocol from "./Protocol.ts"
import * as SeededRandom from "./SeededRandom.ts"
import { type Row, timestamp } from "./Wire.ts"

/** What all lists of one study are made from. @category models */
export interface StudyFrame {
  readonly seed: string | number
  readonly studyKey: string
  /** When the study began, and the present: Unix milliseconds. */
  readonly startMs: number
  readonly nowMs: number
  readonly siteCount: number
  readonly subjectCount: number
  readonly userCount: number
}

const dayMs = 86_400_000

/** A generator for one list of one study. @category constructors */
export const random = (frame: StudyFrame, list: string): SeededRandom.SeededRandom =>
  SeededRandom.make(frame.seed, frame.studyKey, list)

/** A moment between two others, to the second. @category constructors */
export const between = (draw: SeededRandom.SeededRandom, fromMs: number, toMs: number): number =>
  toMs <= fromMs ? fromMs : fromMs + Math.floor((draw.next() * (toMs - fromMs)) / 1000) * 1000

/** The forms of the protocol as the API lists them. @category lists */
export const forms = (frame: StudyFrame): ReadonlyArray<Row> => {
  const draw = random(frame, "forms")
  return Protocol.forms.map((form, index) => {
    const created = between(draw, frame.startMs - 60 * dayMs, frame.startMs - 30 * dayMs)
    return {
      studyKey: frame.studyKey,
      formId: index + 1,
      formKey: form.key,
      formName: form.name,
      formType: form.type,
      revision: draw.int(1, 6),
      embeddedLog: form.log,
      enforceOwnership: false,
      userAgreement: false,
      subjectRecordReport: form.type === "Subject",
      unscheduledVisit: form.log,
      otherForms: false,
      eproForm: false,
      allowCopy: true,
      disabled: form.disabled,
      dateCreated: timestamp(created),
      dateModified: timestamp(between(draw, created, frame.nowMs)),
    }
  })
}

/** The intervals of the protocol as the API lists them. @category lists */
export const intervals = (frame: StudyFrame): ReadonlyArray<Row> => {
  const draw = random(frame, "intervals")
  return Protocol.intervals.map((interval, index) => {
    const created = between(draw, frame.startMs - 60 * dayMs, frame.startMs - 30 * dayMs)
    const scheduled = interval.timeline !== "None"
    return {
      studyKey: frame.studyKey,
      intervalId: index + 1,
      intervalName: interval.name,
      intervalDescription: interval.name,
      intervalSequence: (index + 1) * 10,
      intervalGroupId: interval.group === "Enrollment" ? 1 : interval.group === "Follow-up" ? 2 : 3,
      intervalGroupName: interval.group,
      disabled: interval.disabled,
      dateCreated: timestamp(created),
      dateModified: timestamp(between(draw, created, frame.nowMs)),
      timeline: interval.timeline,
      definedUsingInterval: scheduled ? "Screening" : "",
      windowCalculationForm: scheduled ? "Registration" : "",
      windowCalculationDate: scheduled ? "ICDAT" : "",
      actualDateForm: scheduled ? "Vital Signs" : "",
      actualDate: scheduled ? "VSDAT" : "",
      dueDateWillBeIn: Math.max(0, interval.dayOffset),
      negativeSlack: interval.slackDays,
      positiveSlack: interval.slackDays,
      eproGracePeriod: 0,
      forms: interval.forms.map((key) => {
        const place = Protocol.forms.findIndex((form) => form.key === key)
        return { formId: place + 1, formKey: key, formName: Protocol.forms[place]?.name ?? "" }
      }),
    }
  })
}

/** The variables of all forms, form by form; ids count through the study. @category lists */
export const variables = (frame: StudyFrame): ReadonlyArray<Row> => {
  const draw = random(frame, "variables")
  const rows: Array<Row> = []
  for (const [formIndex, form] of Protocol.forms.entries()) {
    for (const [index, variable] of form.variables.entries()) {
      const created = between(draw, frame.startMs - 60 * dayMs, frame.startMs - 30 * dayMs)
      rows.push({
        studyKey: frame.studyKey,
        variableId: rows.length + 1,
        variableType: variable.type,
        variableName: variable.name,
        sequence: index + 1,
        revision: draw.int(1, 4),
        disabled: variable.disabled ?? false,
        dateCreated: timestamp(created),
        dateModified: timestamp(between(draw, created, frame.nowMs)),
        formId: formIndex + 1,
        variableOid: draw.chance(0.2) ? `OID-${variable.name}` : null,
        deleted: variable.deleted ?? false,
        formKey: form.key,
        formName: form.name,
        label: variable.label,
        blinded: variable.blinded ?? false,
      })
    }
  }
  return rows
}

const cities = [
  "Chicago",
  "Minneapolis",
  "Boston",
  "Lyon",
  "Zürich",
  "Utrecht",
  "Oslo",
  "Kraków",
  "Sevilla",
  "Toronto",
  "Nagoya",
  "Perth",
] as const
const houses = ["University Hospital", "Heart Center", "Medical Center", "General Hospital", "Research Clinic"] as const

/** As many sites as the frame says, with ids from 1. @category lists */
export const sites = (frame: StudyFrame): ReadonlyArray<Row> => {
  const draw = random(frame, "sites")
  return Array.from({ length: frame.siteCount }, (_, index): Row => {
    const created = between(draw, frame.startMs - 30 * dayMs, frame.startMs)
    return {
      studyKey: frame.studyKey,
      siteId: index + 1,
      siteName: `${String(index + 1).padStart(2, "0")} ${draw.pick(cities)} ${draw.pick(houses)}`,
      siteEnrollmentStatus: draw.chance(0.75) ? "Enrollment Open" : "Enrollment Closed",
      dateCreated: timestamp(created),
      dateModified: timestamp(between(draw, created, frame.nowMs)),
    }
  })
}

const firstNames = [
  "Wanda",
  "Jonas",
  "Mei",
  "Amir",
  "Clara",
  "Pablo",
  "Ingrid",
  "Tomás",
  "Ruth",
  "Kofi",
  "Sofia",
  "Erik",
] as const
const lastNames = [
  "Smith",
  "Okafor",
  "Lindgren",
  "Rossi",
  "Tanaka",
  "Weber",
  "Novak",
  "Dubois",
  "Khan",
  "Silva",
] as const

/** The roles of the users. @category constants */
export const roleNames = ["Research Coordinator", "Investigator", "Monitor", "Data Manager"] as const

/** All users, inactive ones too; the server leaves those out unless asked. Sorted by login. @category lists */
export const users = (frame: StudyFrame): ReadonlyArray<Row> => {
  const draw = random(frame, "users")
  const communityId = draw.int(1, 90)
  return Array.from({ length: frame.userCount }, (_, index): Row => {
    const [first, last] = [draw.pick(firstNames), draw.pick(lastNames)]
    const login = `${first.charAt(0)}${last}${index + 1}`.toLowerCase()
    const roles = draw.chance(0.25) ? 2 : 1
    return {
      userId: draw.uuid(),
      login,
      firstName: first,
      lastName: last,
      email: `${login}@example.org`,
      userActiveInStudy: index === 0 || draw.chance(0.8),
      roles: Array.from({ length: roles }, (__, place): Row => {
        const created = between(draw, frame.startMs - 60 * dayMs, frame.startMs)
        return {
          dateCreated: dateParts(created, draw.int(0, 999) * 1_000_000),
          dateModified: dateParts(between(draw, created, frame.nowMs), draw.int(0, 999) * 1_000_000),
          roleId: draw.uuid(),
          communityId: communityId + place,
          name: roleNames[(index + place) % roleNames.length] ?? roleNames[0],
          description: "",
          level: place + 1,
          type: "Study",
          inactive: false,
        }
      }),
    }
  }).sort((a, b) => (String(a["login"]) < String(b["login"]) ? -1 : 1))
}

/** The dates of roles: year, month, day, hour, minute, second, nanosecond. */
const dateParts = (ms: number, nanos: number): ReadonlyArray<number> => {
  const at = new Date(ms)
  return [
    at.getUTCFullYear(),
    at.getUTCMonth() + 1,
    at.getUTCDate(),
    at.getUTCHours(),
    at.getUTCMinutes(),
    at.getUTCSeconds(),
    nanos,
  ]
}
