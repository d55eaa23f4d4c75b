/** What a migration is written in: one text, with each store's own words put in. Only `create table` texts need it. */
export type DialectName = 'sqlite' | 'postgres'

export type Migration = {
  /** Its file's name without the ending: `0001-first-tables`. */
  readonly name: string
  /** The oldest version of the program that can work with the tables as they are after it. */
  readonly minProgram: string
  /**
   * Its statements, as data, so that the checksum is taken over what runs, not over how the file is formatted or
   * whether it was compiled. Rows are back-filled by statements too (as `ostiary_system` on PostgreSQL: row-level
   * security is forced on the tables' owner as well).
   */
  readonly statements: (dialect: DialectName) => readonly string[]
}

/**
 * STRICT makes SQLite refuse what PostgreSQL would refuse; `collate "C"` makes PostgreSQL sort as SQLite does; both
 * ordinals never use a number twice, not even after a delete.
 */
const words: Record<DialectName, readonly (readonly [RegExp, string])[]> = {
  sqlite: [
    [/\bbigint\b/g, 'integer'],
    [/\bordinal\b/g, 'integer primary key autoincrement'],
    [/\)\s*$/, ') strict'],
  ],
  postgres: [
    [/\btext\b/g, 'text collate "C"'],
    [/\bordinal\b/g, 'bigint generated always as identity primary key'],
  ],
}

export const tableIn = (dialect: DialectName, text: string): string =>
  words[dialect].reduce((done, [from, to]) => done.replace(from, to), text)

/** Nothing set reads as null or, after a transaction that had set it, as '': no id is either, so no row is seen. */
export const policiesOf = ([table, column]: readonly [string, string]): readonly string[] => [
  `alter table ${table} enable row level security`,
  `alter table ${table} force row level security`,
  `create policy ${table}_of_one_organization on ${table} to ostiary_app
    using (${column} = current_setting('ostiary.org', true))
    with check (${column} = current_setting('ostiary.org', true))`,
  `create policy ${table}_of_all on ${table} to ostiary_system using (true) with check (true)`,
  `grant select, insert, update, delete on ${table} to ostiary_app, ostiary_system`,
]

/** A statement that is no `create table`: only the types differ. */
export const columnIn = (dialect: DialectName, text: string): string =>
  dialect === 'sqlite' ? text.replace(/\bbigint\b/g, 'integer') : text.replace(/\btext\b/g, 'text collate "C"')
