/**
 * The back office's one file: SQLite with a write-ahead log and `synchronous = FULL`, so that what
 * was committed survives power loss. An acknowledgement makes the pad erase records, which is why
 * NORMAL would not do. Money is whole rial in INTEGER columns; every table is STRICT.
 */
import { existsSync, statSync } from "node:fs";
import Libsql from "libsql";
import { SCHEMA, SCHEMA_VERSION } from "./schema";
import { UserError } from "./user-error";

export type SqlValue = number | string | Uint8Array | null;
export type SqlRow = Record<string, SqlValue>;

/** How long a second process waits for the first one's transaction. */
const BUSY_TIMEOUT_MS = 5000;

/** An open database. Rows come as plain records, BLOBs as `Uint8Array`. */
export class Database {
  private readonly statements = new Map<string, Libsql.Statement>();

  private constructor(
    private readonly connection: Libsql.Database,
    readonly path: string,
  ) {}

  /**
   * Opens the file, making it with an empty schema when `mayCreate`. `clubId` is written into a
   * new file; an existing file of another club is refused, as is anything that is no database.
   */
  static open(path: string, options: { clubId?: number; mayCreate?: boolean } = {}): Database {
    const isNew = path === ":memory:" || !existsSync(path);
    if (isNew && options.mayCreate !== true) {
      throw new UserError(`${path}: no such database; "clubpad pull" makes one`);
    }
    if (!isNew && !statSync(path).isFile()) {
      throw new UserError(`${path}: is not a file, so no database`);
    }
    const database = new Database(connect(path), path);
    try {
      database.prepareConnection(options.clubId);
    } catch (error) {
      database.close();
      if (error instanceof UserError) throw error;
      throw new UserError(`${path}: this is no ClubPad database (${messageOf(error)})`);
    }
    return database;
  }

  all<Row extends object = SqlRow>(sql: string, ...values: SqlValue[]): Row[] {
    const rows = this.statement(sql).all(...values) as Record<string, unknown>[];
    return rows.map(toRow) as Row[];
  }

  get<Row extends object = SqlRow>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.all<Row>(sql, ...values)[0];
  }

  /** Returns the number of changed rows. */
  run(sql: string, ...values: SqlValue[]): number {
    return this.statement(sql).run(...values).changes;
  }

  /** Runs `work` as one SQL transaction: durable when this returns, undone when it throws. */
  transaction<Result>(work: () => Result): Result {
    this.connection.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.connection.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.connection.inTransaction) this.connection.exec("ROLLBACK");
      throw error;
    }
  }

  clubId(): number {
    return Number(this.get("SELECT value FROM meta WHERE name = 'club'")?.value ?? 0);
  }

  close(): void {
    this.statements.clear();
    this.connection.close();
  }

  private statement(sql: string): Libsql.Statement {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.connection.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  private prepareConnection(clubId: number | undefined): void {
    this.connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const version = Number(this.get("PRAGMA user_version")?.user_version);
    if (version > SCHEMA_VERSION) {
      throw new UserError(`${this.path}: made by a newer version of ClubPad; update this one`);
    }
    if (version > 0 && version < SCHEMA_VERSION) {
      const text = "made by a version before this one, which kept less; begin a new database";
      throw new UserError(`${this.path}: ${text}`);
    }
    this.connection.exec("PRAGMA journal_mode = WAL");
    this.connection.exec("PRAGMA synchronous = FULL");
    this.connection.exec("PRAGMA foreign_keys = ON");
    if (version === 0) this.create(clubId);
    if (clubId !== undefined && this.clubId() !== clubId) {
      const text = `${this.path} belongs to club ${this.clubId()}, the key file to club ${clubId}`;
      throw new UserError(text);
    }
  }

  private create(clubId: number | undefined): void {
    if (this.all("SELECT name FROM sqlite_schema LIMIT 1").length > 0) {
      throw new UserError(`${this.path}: a database of another program`);
    }
    if (clubId === undefined) throw new UserError(`${this.path}: an empty file, no database`);
    this.transaction(() => {
      this.connection.exec(SCHEMA);
      this.run("INSERT INTO meta VALUES ('club', ?)", clubId);
      this.connection.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    });
  }
}

function connect(path: string): Libsql.Database {
  try {
    return new Libsql(path);
  } catch (error) {
    throw new UserError(`${path}: cannot be opened (${messageOf(error)}); does the folder exist?`);
  }
}

/** The driver gives BLOBs as `ArrayBuffer` or `Buffer` and adds a field of its own to rows. */
function toRow(row: Record<string, unknown>): SqlRow {
  const clean: SqlRow = {};
  for (const [name, value] of Object.entries(row)) {
    if (name === "_metadata") continue;
    const isBlob = value instanceof ArrayBuffer || value instanceof Uint8Array;
    clean[name] = isBlob ? new Uint8Array(value) : (value as SqlValue);
  }
  return clean;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
