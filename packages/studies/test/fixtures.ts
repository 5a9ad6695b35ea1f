import type { Item } from "../src/StudyScope.ts"

/** Subjects in the form of the fake server's fixture: keys `01-001`, `01-002`, … */
export const subjects = (count: number, change: (index: number) => Partial<Item> = () => ({})): ReadonlyArray<Item> =>
  Array.from({ length: count }, (_, index): Item => {
    const item: Record<string, Item[string]> = {
      studyKey: "A",
      subjectId: index + 1,
      subjectOid: null,
      subjectKey: `01-${String(index + 1).padStart(3, "0")}`,
      subjectStatus: "Enrolled",
      siteId: 1,
      siteName: "Site 1",
      deleted: false,
      enrollmentStartDate: "2026-01-01T00:00:00.000Z",
      dateCreated: "2026-01-01T00:00:00.000Z",
      dateModified: "2026-01-01T00:00:00.000Z",
      keywords: [],
    }
    return Object.assign(item, change(index))
  })

/** A variable of the form AE. */
export const variable = (id: number): Item => ({
  studyKey: "A",
  variableId: id,
  variableType: "TEXT",
  variableName: `VAR${id}`,
  sequence: id,
  revision: 1,
  disabled: false,
  deleted: false,
  blinded: false,
  variableOid: null,
  formId: 1,
  formKey: "AE",
  formName: "Adverse event",
  label: `Label ${id}`,
  dateCreated: "2026-01-01T00:00:00.000Z",
  dateModified: "2026-01-01T00:00:00.000Z",
})
