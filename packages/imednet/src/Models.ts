/**
 * What iMednet's items hold, one table per model. Field names are the server's. Every field may be `null`, which means
 * that the server gave no value; only the id that names an item is always there. Points in time are ISO 8601 in UTC.
 *
 * @layer logic
 * @module
 */
import * as Model from "./Model.ts"
import {
  bool,
  boolOrArray,
  dayMaybe,
  instant,
  instantMaybe,
  instantOrArray,
  int,
  intId,
  intIdOrText,
  intMaybe,
  list,
  listMaybe,
  object,
  text,
  textId,
  textMaybe,
} from "./Model.ts"

/** A study, as the registry lists it. It has no status: every study that the key can see is listed. @category tables */
export const Study = Model.make("Study", {
  sponsorKey: text,
  studyKey: textId,
  studyId: int,
  studyName: text,
  studyDescription: text,
  studyType: text,
  dateCreated: instant,
  dateModified: instant,
})
/** @category models */
export interface Study extends Model.ItemOf<typeof Study.fields> {}

/** A place where subjects are enrolled. @category tables */
export const Site = Model.make("Site", {
  studyKey: text,
  siteId: intId,
  siteName: text,
  /** Met as `Enrollment Open` and as `ENROLLMENT_OPEN`; kept as it comes. */
  siteEnrollmentStatus: text,
  dateCreated: instant,
  dateModified: instant,
})
/** @category models */
export interface Site extends Model.ItemOf<typeof Site.fields> {}

/** A label that people put on a subject or a record. @category tables */
export const Keyword = Model.make("Keyword", {
  keywordName: text,
  keywordKey: text,
  keywordId: int,
  dateAdded: instant,
})
/** @category models */
export interface Keyword extends Model.ItemOf<typeof Keyword.fields> {}

/** A person in the study, known by `subjectKey` (such as `01-001`), never by name. @category tables */
export const Subject = Model.make("Subject", {
  studyKey: text,
  subjectId: intId,
  subjectOid: textMaybe,
  subjectKey: text,
  subjectStatus: text,
  siteId: int,
  siteName: text,
  deleted: bool,
  enrollmentStartDate: instantMaybe,
  dateCreated: instant,
  dateModified: instant,
  keywords: list(Keyword),
})
/** @category models */
export interface Subject extends Model.ItemOf<typeof Subject.fields> {}

/** `recordData` holds the values by variable name, as the server gives them (mostly text). @category tables */
export const ClinicalRecord = Model.make("Record", {
  studyKey: text,
  intervalId: int,
  formId: int,
  formKey: text,
  siteId: int,
  recordId: intId,
  recordOid: textMaybe,
  recordType: text,
  recordStatus: text,
  deleted: bool,
  dateCreated: instant,
  dateModified: instant,
  subjectId: int,
  subjectOid: textMaybe,
  subjectKey: text,
  visitId: intMaybe,
  parentRecordId: intMaybe,
  keywords: listMaybe(Keyword),
  recordData: object,
})
/** @category models */
export interface ClinicalRecord extends Model.ItemOf<typeof ClinicalRecord.fields> {}

/** An audit row. It says that a record changed, when, by whom and why; it holds no values. @category tables */
export const RecordRevision = Model.make("RecordRevision", {
  studyKey: text,
  recordRevisionId: intId,
  recordId: int,
  recordOid: textMaybe,
  recordRevision: int,
  dataRevision: int,
  recordStatus: text,
  subjectId: int,
  subjectOid: textMaybe,
  subjectKey: text,
  siteId: int,
  formKey: text,
  intervalId: int,
  role: text,
  user: text,
  reasonForChange: textMaybe,
  deleted: bool,
  dateCreated: instant,
})
/** @category models */
export interface RecordRevision extends Model.ItemOf<typeof RecordRevision.fields> {}

/** A form of the study's design. @category tables */
export const Form = Model.make("Form", {
  studyKey: text,
  formId: intId,
  formKey: text,
  formName: text,
  formType: text,
  revision: int,
  embeddedLog: bool,
  enforceOwnership: bool,
  userAgreement: bool,
  subjectRecordReport: bool,
  unscheduledVisit: bool,
  otherForms: boolOrArray,
  eproForm: bool,
  allowCopy: bool,
  disabled: bool,
  dateCreated: instant,
  dateModified: instant,
})
/** @category models */
export interface Form extends Model.ItemOf<typeof Form.fields> {}

/** A form as an interval names it. @category tables */
export const IntervalForm = Model.make("IntervalForm", { formId: int, formKey: text, formName: text })
/** @category models */
export interface IntervalForm extends Model.ItemOf<typeof IntervalForm.fields> {}

/** A planned visit. `windowCalculationDate` and `actualDate` are names of variables, not dates. @category tables */
export const Interval = Model.make("Interval", {
  studyKey: text,
  intervalId: intId,
  intervalName: text,
  intervalDescription: text,
  intervalSequence: int,
  intervalGroupId: int,
  intervalGroupName: text,
  timeline: text,
  definedUsingInterval: textMaybe,
  windowCalculationForm: textMaybe,
  windowCalculationDate: textMaybe,
  actualDateForm: textMaybe,
  actualDate: textMaybe,
  dueDateWillBeIn: intMaybe,
  negativeSlack: intMaybe,
  positiveSlack: intMaybe,
  eproGracePeriod: intMaybe,
  forms: list(IntervalForm),
  disabled: bool,
  dateCreated: instant,
  dateModified: instant,
})
/** @category models */
export interface Interval extends Model.ItemOf<typeof Interval.fields> {}

/** A visit of a subject. Its dates are days, `YYYY-MM-DD`. @category tables */
export const Visit = Model.make("Visit", {
  studyKey: text,
  visitId: intId,
  intervalId: int,
  intervalName: text,
  subjectId: int,
  subjectKey: text,
  startDate: dayMaybe,
  endDate: dayMaybe,
  dueDate: dayMaybe,
  visitDate: dayMaybe,
  visitDateForm: textMaybe,
  visitDateQuestion: textMaybe,
  deleted: bool,
  dateCreated: instant,
  dateModified: instant,
})
/** @category models */
export interface Visit extends Model.ItemOf<typeof Visit.fields> {}

/** A question of a form. @category tables */
export const Variable = Model.make("Variable", {
  studyKey: text,
  variableId: intId,
  variableType: text,
  variableName: text,
  sequence: int,
  revision: int,
  disabled: bool,
  deleted: bool,
  blinded: bool,
  variableOid: textMaybe,
  formId: int,
  formKey: text,
  formName: text,
  label: text,
  dateCreated: instant,
  dateModified: instant,
})
/** @category models */
export interface Variable extends Model.ItemOf<typeof Variable.fields> {}

/** One step of a query; the last one says whether it is open. @category tables */
export const QueryComment = Model.make("QueryComment", {
  sequence: int,
  annotationStatus: text,
  user: text,
  comment: text,
  closed: bool,
  date: instant,
})
/** @category models */
export interface QueryComment extends Model.ItemOf<typeof QueryComment.fields> {}

/** A question to a site about its data (EDC word: query, or annotation). @category tables */
export const Query = Model.make("Query", {
  studyKey: text,
  subjectId: int,
  subjectOid: textMaybe,
  annotationType: text,
  annotationId: intId,
  type: textMaybe,
  description: text,
  recordId: intMaybe,
  variable: textMaybe,
  subjectKey: text,
  dateCreated: instant,
  dateModified: instant,
  queryComments: list(QueryComment),
})
/** @category models */
export interface Query extends Model.ItemOf<typeof Query.fields> {}

/** A value coded with a dictionary such as MedDRA. @category tables */
export const Coding = Model.make("Coding", {
  studyKey: text,
  siteName: text,
  siteId: int,
  subjectId: int,
  subjectKey: text,
  formId: int,
  formName: text,
  formKey: text,
  revision: int,
  recordId: int,
  variable: text,
  value: text,
  codingId: intIdOrText,
  code: text,
  codedBy: text,
  reason: textMaybe,
  dictionaryName: text,
  dictionaryVersion: text,
  dateCoded: instant,
})
/** @category models */
export interface Coding extends Model.ItemOf<typeof Coding.fields> {}

/** A role that a user has in the study. @category tables */
export const Role = Model.make("Role", {
  roleId: text,
  communityId: int,
  name: text,
  description: text,
  level: int,
  type: text,
  inactive: bool,
  dateCreated: instantOrArray,
  dateModified: instantOrArray,
})
/** @category models */
export interface Role extends Model.ItemOf<typeof Role.fields> {}

/** A person who works in the study, with name, e-mail address and roles. @category tables */
export const User = Model.make("User", {
  userId: textId,
  login: text,
  firstName: text,
  lastName: text,
  email: text,
  userActiveInStudy: bool,
  roles: list(Role),
})
/** @category models */
export interface User extends Model.ItemOf<typeof User.fields> {}

/**
 * What became of a write. `state` is the server's word, in any case: `created`, `completed`, `COMPLETED`, `SUCCESS`,
 * `FAILED`, `CANCELLED`; unknown words mean that it is still going on.
 *
 * @category tables
 */
export const Job = Model.make("Job", {
  jobId: textMaybe,
  batchId: textMaybe,
  state: textMaybe,
  dateCreated: instantMaybe,
  dateStarted: instantMaybe,
  dateFinished: instantMaybe,
  progress: intMaybe,
  resultUrl: textMaybe,
})
/** @category models */
export interface Job extends Model.ItemOf<typeof Job.fields> {}
