import { ok, type Problem, type Result, refuse } from '../../problems.ts'

/** Reading the members of a body that decide: what is not exactly what it must be is refused, never guessed at. */

export type Json = Readonly<Record<string, unknown>>

/** Twice what any provider gives. */
export const mostChoices = 256
/** Ten times the largest context there is. */
export const mostTokens = 100_000_000

/** A whole number between the two; null: not given. */
export function amountOf(body: Json, name: string, least: number, most: number): Result<number | null> {
  const value = body[name]
  if (value === undefined || value === null) return ok(null)
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
    ? ok(value)
    : invalidAt(name, `must be a whole number from ${least} to ${most}`)
}

/** False where it is not given. A text or a number would be true to some and false to others. */
export function flagOf(body: Json, name: string, param = name): Result<boolean> {
  const value = body[name]
  if (value === undefined || value === null) return ok(false)
  return typeof value === 'boolean' ? ok(value) : invalidAt(param, 'must be true or false')
}

export function objectOf(body: Json, name: string): Result<Json | null> {
  const value = body[name]
  if (value === undefined || value === null) return ok(null)
  return isObject(value) ? ok(value) : invalidAt(name, 'must be an object')
}

/** 400, as providers answer it, with the member's name as `param`. */
export const invalidAt = (param: string, detail: string): { ok: false; problem: Problem } =>
  refuse('invalid', {
    status: 400,
    detail: `${param} ${detail}.`,
    data: { param },
    errors: [{ pointer: `/${param.replaceAll('.', '/')}`, detail }],
  })

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
