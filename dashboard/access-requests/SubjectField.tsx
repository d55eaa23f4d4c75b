import { Autocomplete } from '@mantine/core'
import type { AccessKind } from '../../src/access-requests/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { useOne } from '../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

const words = {
  server: [t('serverName'), t('serverHint')],
  tool: [t('toolName'), t('toolHint')],
  provider: [t('providerName'), t('providerHint')],
  model: [t('modelName'), t('modelHint')],
  budget: [t('budgetId'), t('budgetHint')],
} as const

type Props = {
  readonly kind: AccessKind
  readonly value: string
  readonly onChange: (value: string) => void
  readonly error: string | undefined
}

/** Names are offered to who may list them; anybody may type one, since asking is for what one does not have. */
export function SubjectField({ kind, value, onChange, error }: Props) {
  const [label, description] = words[kind]
  return (
    <Autocomplete
      label={label}
      description={description}
      required={kind !== 'budget'}
      data-autofocus
      data={useSuggestions(kind)}
      limit={50}
      openOnFocus={false}
      renderOption={({ option }) => <Data>{option.value}</Data>}
      value={value}
      onChange={onChange}
      error={error}
      spellCheck={false}
    />
  )
}

type Named = {
  readonly slug: string
  readonly tools?: readonly { readonly name: string }[]
  readonly models?: readonly { readonly id: string }[]
}

function useSuggestions(kind: AccessKind): string[] {
  const may = useMay()
  const isOfServers = kind === 'server' || kind === 'tool'
  const isOfProviders = kind === 'provider' || kind === 'model'
  const path = isOfServers ? '/servers' : '/providers'
  const isListed = (isOfServers || isOfProviders) && may(isOfServers ? 'servers:read' : 'providers:read') === 'all'
  const { data } = useOne<{ items: readonly Named[] }>(isListed ? path : null, { limit: 200 })
  const items = data?.items ?? []
  if (kind === 'tool') return items.flatMap(({ slug, tools = [] }) => tools.map(({ name }) => `${slug}/${name}`))
  if (kind === 'model') return items.flatMap(({ slug, models = [] }) => models.map(({ id }) => `${slug}/${id}`))
  return items.map(({ slug }) => slug)
}
