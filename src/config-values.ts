import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { Secret } from './secret.ts'

/** How the text of a setting becomes its value. */

/** `from` turns the text of a flag, variable or file into the value; `must` completes "NAME must be …". */
export type Setting = {
  readonly env: `OSTIARY_${string}`
  readonly group: 'process' | 'listeners' | 'network' | 'secrets' | 'store' | 'fleet' | 'mail' | 'client'
  readonly summary: string
  readonly must: string
  readonly from: z.ZodType<unknown, string>
  /** Text of the default, read through `from` like any other; null means "not set". */
  readonly fallback: string | null
  /** Masked everywhere, and never taken as a flag: arguments are visible to everyone on the machine. */
  readonly secret?: true
  /** A switch: the flag needs no value. */
  readonly toggle?: true
}

export const text = z.string().min(1)
export const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.int().max(65_535))
export const toggle = z
  .enum(['1', 'true', 'on', '0', 'false', 'off'])
  .transform((word) => ['1', 'true', 'on'].includes(word))
export const secret = (label: string, schema: z.ZodType<string, string> = text) =>
  schema.transform((value) => new Secret(value, label))
export const words = (schema: z.ZodType<string, string>) =>
  z
    .string()
    .transform((list) => list.split(/[\s,]+/).filter(Boolean))
    .pipe(z.array(schema))

/** An http(s) address without path, query or user: what stands in links and is accepted as Host. */
export const origin = z
  .string()
  .refine((value) => {
    const url = URL.canParse(value) ? new URL(value) : null
    return url !== null && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href
  })
  .transform((value) => new URL(value).origin)

/** The same with a path: where an API begins. */
export const baseUrl = z
  .string()
  .refine((value) => {
    const url = URL.canParse(value) ? new URL(value) : null
    return url !== null && /^https?:$/.test(url.protocol) && `${url.origin}${url.pathname}` === url.href
  })
  .transform((value) => new URL(value).href.replace(/\/+$/, ''))

const isCidr = (value: string): boolean => {
  const [address = '', prefix, ...rest] = value.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  if (prefix === undefined) return true
  if (!/^\d{1,3}$/.test(prefix)) return false
  return Number(prefix) <= (family === 4 ? 32 : 128)
}

export const urlOf = (...protocols: string[]) =>
  text.refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol))

export const cidr = z.string().refine(isCidr)

export const host = text.refine((value) => isIP(value) > 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(value))

export const seconds = (most: number) =>
  z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .pipe(z.int().max(most))
export const count = (most: number) =>
  z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(most))
export const longEnough = (minimum: number) => z.string().min(minimum).max(4096)
export const base64Of32 = z
  .string()
  .refine((value) => /^[A-Za-z0-9+/]{43}=$/.test(value) && Buffer.from(value, 'base64').length === 32)
export const gatewayToken = z.string().regex(/^ostg_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/)
export const headerToken = z.string().regex(/^[\x20-\x7e]{16,4096}$/)
export const mailbox = text.refine((value) => /^[^\s@]+@[^\s@]+$|<[^\s@]+@[^\s@]+>$/.test(value))
export const levels = z.enum(['debug', 'info', 'warn', 'error', 'silent'])

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')
export const isLoopback = (name: string): boolean =>
  name.toLowerCase() === 'localhost' || (isIP(name) > 0 && loopback.check(name, isIP(name) === 4 ? 'ipv4' : 'ipv6'))

export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
