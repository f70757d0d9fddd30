/** Which pages of a board's flash range hold what. */
export interface FlashPlan {
  readonly pageSizeBytes: number;
  readonly pageCount: number;
  readonly settingsPageA: number;
  readonly settingsPageB: number;
  readonly pagesPerSettings: number;
  /** `pagesPerLists` is 0 on a board that has no room for lists. */
  readonly listsPageA: number;
  readonly listsPageB: number;
  readonly pagesPerLists: number;
  readonly journalPage: number;
  readonly journalPageCount: number;
}

/**
 * 64 KB in pages of 4 KB, as on ESP32: settings and lists twice, the rest journal. Lists hold 1,000
 * blocked cards and 165 patches, or 1,630 and none, or none and 429.
 */
export const PLAN_16_PAGES: FlashPlan = {
  pageSizeBytes: 4096,
  pageCount: 16,
  settingsPageA: 0,
  settingsPageB: 1,
  pagesPerSettings: 1,
  listsPageA: 2,
  listsPageB: 4,
  pagesPerLists: 2,
  journalPage: 6,
  journalPageCount: 10,
};

/**
 * Three sectors of 16 KB for the journal; the settings' pages are short, cannot be erased one by
 * one and lie elsewhere, so that settings come with provisioning only. No room for lists.
 */
export const PLAN_3_SECTORS: FlashPlan = {
  pageSizeBytes: 16384,
  pageCount: 5,
  settingsPageA: 0,
  settingsPageB: 1,
  pagesPerSettings: 1,
  listsPageA: 0,
  listsPageB: 0,
  pagesPerLists: 0,
  journalPage: 2,
  journalPageCount: 3,
};
