import { type Logger, pino, stdTimeFunctions } from 'pino'
import { createLines, type Lines } from './lines.ts'
import type { Redact } from './redact.ts'

export type Fields = Readonly<object>
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Structured log: JSON lines. What must never be in it is removed from the finished line, not from single fields. */
export type Log = {
  readonly debug: (fields: Fields, message: string) => void
  readonly info: (fields: Fields, message: string) => void
  readonly warn: (fields: Fields, message: string) => void
  readonly error: (fields: Fields, message: string) => void
  readonly child: (fields: Fields) => Log
  /** For the one line that every call writes, at level info; null where that level is not written. */
  readonly lines: (message: string) => Lines | null
}

type Deps = {
  readonly level: LogLevel
  /** Takes whole lines, the line end included. */
  readonly write: (line: string) => void
  readonly redact: Redact
}

export function createLog({ level, write, redact }: Deps): Log {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: errorFields, err: errorFields },
    },
    // Redaction sits here, behind everything: nested values, stacks and messages have all become text.
    { write: (line: string) => write(redact(line)) },
  )
  return wrap(logger, {}, (fields, message) =>
    logger.isLevelEnabled('info') ? createLines({ write, redact, fields, message }) : null,
  )
}

type OpenLines = (fields: Fields, message: string) => Lines | null

const wrap = (logger: Logger, bound: Fields, openLines: OpenLines): Log => ({
  debug: (fields, message) => logger.debug(fields, message),
  info: (fields, message) => logger.info(fields, message),
  warn: (fields, message) => logger.warn(fields, message),
  error: (fields, message) => logger.error(fields, message),
  child: (fields) => wrap(logger.child(fields), { ...bound, ...fields }, openLines),
  lines: (message) => openLines(bound, message),
})

/** An error as fields, its causes included: the first reason is usually in the last of them. */
function errorFields(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error
  return {
    name: error.name,
    message: error.message,
    ...('code' in error ? { code: error.code } : {}),
    stack: error.stack,
    ...(error.cause !== undefined && depth < 5 ? { cause: errorFields(error.cause, depth + 1) } : {}),
  }
}
