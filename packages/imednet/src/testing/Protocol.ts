/**
 * The design of a generated study: its forms, the variables of each form, and the intervals at which forms are filled
 * in. Every variable type of the API occurs. All generated studies share this design, as studies of one sponsor do.
 *
 * @layer contract
 * @module
 */

/** The variable types of the API. @category models */
export type VariableType = "TEXT" | "TEXTAREA" | "MEMO" | "RADIO" | "CHECKBOX" | "DROPDOWN" | "DATE" | "NUMBER"

/** A question of a form. @category models */
export interface VariableDesign {
  readonly name: string
  readonly type: VariableType
  readonly label: string
  /** The answers of a RADIO or DROPDOWN, or usual texts of a TEXT. */
  readonly values?: readonly [string, ...ReadonlyArray<string>]
  /** Mean, deviation and decimals of a NUMBER. */
  readonly number?: readonly [mean: number, deviation: number, decimals: number]
  readonly disabled?: boolean
  readonly deleted?: boolean
  readonly blinded?: boolean
}

/** A form. `log`: filled in as often as needed, outside of the schedule. @category models */
export interface FormDesign {
  readonly key: string
  readonly name: string
  readonly type: "Subject" | "Site"
  readonly log: boolean
  readonly disabled: boolean
  readonly variables: ReadonlyArray<VariableDesign>
}

/** An interval. `dayOffset`: days after enrollment at which it is due. @category models */
export interface IntervalDesign {
  readonly name: string
  readonly group: string
  readonly timeline: "None" | "Due Date" | "Start - End Date" | "Actual Date"
  readonly dayOffset: number
  readonly slackDays: number
  readonly forms: ReadonlyArray<string>
  readonly disabled: boolean
}

/** All forms; a form's id is its place from 1. @category constants */
export const forms: ReadonlyArray<FormDesign> = [
  {
    key: "REG",
    name: "Registration",
    type: "Subject",
    log: false,
    disabled: false,
    variables: [
      { name: "ICDAT", type: "DATE", label: "Date of informed consent" },
      { name: "SEX", type: "RADIO", label: "Sex at birth", values: ["Female", "Male"] },
      { name: "BIRTHYR", type: "NUMBER", label: "Year of birth", number: [1962, 12, 0] },
      {
        name: "REGNOTE",
        type: "TEXT",
        label: "Referred by",
        values: ["Clinic", "Self", "Family physician", "Registry"],
      },
    ],
  },
  {
    key: "DM",
    name: "Demographics",
    type: "Subject",
    log: false,
    disabled: false,
    variables: [
      {
        name: "ETHNIC",
        type: "RADIO",
        label: "Ethnicity",
        values: ["Hispanic or Latino", "Not Hispanic or Latino", "Not reported"],
      },
      {
        name: "RACE",
        type: "DROPDOWN",
        label: "Race",
        values: ["White", "Black", "Asian", "Multiple", "Not reported"],
      },
      { name: "HEIGHT", type: "NUMBER", label: "Height (cm)", number: [170, 9, 0] },
      { name: "WEIGHT", type: "NUMBER", label: "Weight (kg)", number: [78, 14, 1] },
      { name: "SMOKER", type: "CHECKBOX", label: "Current smoker" },
      { name: "DMOLD", type: "TEXT", label: "Initials (retired)", disabled: true, deleted: true },
    ],
  },
  {
    key: "VS",
    name: "Vital Signs",
    type: "Subject",
    log: false,
    disabled: false,
    variables: [
      { name: "VSDAT", type: "DATE", label: "Date of measurement" },
      { name: "SYSBP", type: "NUMBER", label: "Systolic blood pressure (mmHg)", number: [128, 14, 0] },
      { name: "DIABP", type: "NUMBER", label: "Diastolic blood pressure (mmHg)", number: [79, 9, 0] },
      { name: "PULSE", type: "NUMBER", label: "Pulse (1/min)", number: [71, 10, 0] },
      { name: "VSCOM", type: "TEXTAREA", label: "Comments" },
    ],
  },
  {
    key: "LB",
    name: "Laboratory",
    type: "Subject",
    log: false,
    disabled: false,
    variables: [
      { name: "LBDAT", type: "DATE", label: "Date of sample" },
      { name: "HGB", type: "NUMBER", label: "Hemoglobin (g/dL)", number: [13.6, 1.3, 1] },
      { name: "CREAT", type: "NUMBER", label: "Creatinine (mg/dL)", number: [0.95, 0.2, 2] },
      { name: "LBCLSIG", type: "RADIO", label: "Clinically significant", values: ["No", "Yes"] },
      { name: "ARM", type: "DROPDOWN", label: "Assigned kit", values: ["K1", "K2"], blinded: true },
    ],
  },
  {
    key: "AE",
    name: "Adverse Event",
    type: "Subject",
    log: true,
    disabled: false,
    variables: [
      {
        name: "AETERM",
        type: "TEXT",
        label: "Term",
        values: ["Bronchitis", "Headache", "Nausea", "Dizziness", "Fatigue", "Rash", "Back pain"],
      },
      { name: "AESTDAT", type: "DATE", label: "Start date" },
      {
        name: "AESER",
        type: "RADIO",
        label: "Seriousness",
        values: ["Not Serious", "Not Serious", "Not Serious", "Serious"],
      },
      { name: "AESEV", type: "DROPDOWN", label: "Severity", values: ["Mild", "Moderate", "Severe"] },
      {
        name: "AEREL",
        type: "DROPDOWN",
        label: "Related to device",
        values: ["Unrelated", "Possible", "Probable", "Definite"],
      },
      { name: "AENARR", type: "MEMO", label: "Narrative" },
    ],
  },
  {
    key: "CM",
    name: "Concomitant Medication",
    type: "Subject",
    log: true,
    disabled: false,
    variables: [
      {
        name: "CMTRT",
        type: "TEXT",
        label: "Medication",
        values: ["Aspirin", "Metoprolol", "Atorvastatin", "Paracetamol", "Ibuprofen"],
      },
      { name: "CMSTDAT", type: "DATE", label: "Start date" },
      { name: "CMDOSE", type: "NUMBER", label: "Dose (mg)", number: [120, 60, 0] },
      { name: "CMONGO", type: "CHECKBOX", label: "Ongoing" },
    ],
  },
  {
    key: "EOS",
    name: "End of Study",
    type: "Subject",
    log: false,
    disabled: false,
    variables: [
      { name: "EOSDAT", type: "DATE", label: "Date of last contact" },
      {
        name: "EOSREAS",
        type: "DROPDOWN",
        label: "Reason",
        values: ["Completed", "Withdrew consent", "Lost to follow-up"],
      },
      { name: "EOSCOM", type: "TEXTAREA", label: "Comments" },
    ],
  },
  {
    key: "SIV",
    name: "Site Initiation",
    type: "Site",
    log: false,
    disabled: false,
    variables: [
      { name: "SIVDAT", type: "DATE", label: "Date of visit" },
      { name: "SIVCOM", type: "MEMO", label: "Findings" },
    ],
  },
]

/** All intervals; an interval's id is its place from 1. @category constants */
export const intervals: ReadonlyArray<IntervalDesign> = [
  {
    name: "Screening",
    group: "Enrollment",
    timeline: "None",
    dayOffset: 0,
    slackDays: 0,
    forms: ["REG", "DM"],
    disabled: false,
  },
  {
    name: "Baseline",
    group: "Enrollment",
    timeline: "Actual Date",
    dayOffset: 7,
    slackDays: 3,
    forms: ["VS", "LB"],
    disabled: false,
  },
  {
    name: "Day 30",
    group: "Follow-up",
    timeline: "Due Date",
    dayOffset: 30,
    slackDays: 5,
    forms: ["VS", "LB"],
    disabled: false,
  },
  {
    name: "Month 6",
    group: "Follow-up",
    timeline: "Start - End Date",
    dayOffset: 182,
    slackDays: 14,
    forms: ["VS", "LB"],
    disabled: false,
  },
  {
    name: "Month 12",
    group: "Follow-up",
    timeline: "Start - End Date",
    dayOffset: 365,
    slackDays: 30,
    forms: ["VS", "LB", "EOS"],
    disabled: false,
  },
  {
    name: "Unscheduled",
    group: "Unscheduled",
    timeline: "None",
    dayOffset: -1,
    slackDays: 0,
    forms: ["AE", "CM"],
    disabled: false,
  },
  {
    name: "Month 24",
    group: "Follow-up",
    timeline: "Due Date",
    dayOffset: -1,
    slackDays: 30,
    forms: ["VS"],
    disabled: true,
  },
]

/** The interval to which records outside of the schedule belong. @category constants */
export const unscheduledIntervalId = 6
