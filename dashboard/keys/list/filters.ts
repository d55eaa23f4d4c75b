import type { KeyStatus } from '../../../src/keys/schema.ts'
import type { UrlState } from '../../ui/useUrl.ts'

/** What `GET /keys`, its export and this page's address call a filter. */
export const filterNames = [
  'search',
  'status',
  'owner',
  'project',
  'server',
  'app',
  'tag',
  'expiring',
  'unused',
] as const
export type FilterName = (typeof filterNames)[number]
export type Filter = { readonly [Name in FilterName]?: string }

export const statuses = ['active', 'inactive', 'expired', 'revoked'] as const satisfies readonly KeyStatus[]
export const isStatus = (text: string): text is KeyStatus => statuses.some((status) => status === text)

const isDays = (text: string): boolean => /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 365
const isName = (text: string): boolean => /^[\w-]{1,64}$/.test(text)
const fits: Readonly<Record<FilterName, (text: string) => boolean>> = {
  search: (text) => text.trim() !== '',
  status: isStatus,
  owner: isName,
  project: isName,
  server: isName,
  app: isName,
  tag: (text) => /^[\w.:/-]{1,63}$/.test(text),
  expiring: isDays,
  unused: isDays,
}

/** Of an address, which anybody may have written: what no list takes as a filter is none. */
export const filterOf = (url: UrlState): Filter =>
  Object.fromEntries(
    filterNames.flatMap((name) => {
      const text = url[name]
      return text !== undefined && fits[name](text) ? [[name, text.trim()]] : []
    }),
  )

const sorts = ['name', 'owner', 'status', 'createdAt', 'expiresAt', 'lastUsedAt', 'requests', 'share']
export const sortOf = ({ sort = '' }: UrlState): string => (sorts.includes(sort.replace('-', '')) ? sort : '-createdAt')

/** A patch of the address that takes every filter out. */
export const noFilter: Readonly<Record<FilterName, undefined>> = {
  search: undefined,
  status: undefined,
  owner: undefined,
  project: undefined,
  server: undefined,
  app: undefined,
  tag: undefined,
  expiring: undefined,
  unused: undefined,
}
