/** Single numbers that a database keeps by name. */
import type { Database } from "./database";

export function metaValue(database: Database, name: string): number | undefined {
  return database.get<{ value: number }>("SELECT value FROM meta WHERE name = ?", name)?.value;
}

export function setMetaValue(database: Database, name: string, value: number): void {
  const sql = `INSERT INTO meta VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
  database.run(sql, name, value);
}
