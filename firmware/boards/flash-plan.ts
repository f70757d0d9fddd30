/** Which pages of a board's flash range hold what. */
export interface FlashPlan {
  readonly pageSizeBytes: number;
  readonly pageCount: number;
  readonly settingsPageA: number;
  readonly settingsPageB: number;
  readonly pagesPerSettings: number;
  readonly journalPage: number;
  readonly journalPageCount: number;
}

/** 64 KB in pages of 4 KB, as on ESP32: two copies of the settings, the rest journal. */
export const PLAN_16_PAGES: FlashPlan = {
  pageSizeBytes: 4096,
  pageCount: 16,
  settingsPageA: 0,
  settingsPageB: 1,
  pagesPerSettings: 1,
  journalPage: 2,
  journalPageCount: 14,
};

/** Three sectors of 16 KB for the journal; the settings' pages are short and lie elsewhere. */
export const PLAN_3_SECTORS: FlashPlan = {
  pageSizeBytes: 16384,
  pageCount: 5,
  settingsPageA: 0,
  settingsPageB: 1,
  pagesPerSettings: 1,
  journalPage: 2,
  journalPageCount: 3,
};
