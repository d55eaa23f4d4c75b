import { Select } from '@mantine/core'
import type { Client } from '../../src/clients/schema.ts'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { useOne } from '../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export const firstClient = 'claude-code'

type Props = {
  readonly value: string
  readonly onChange: (client: string) => void
  /** Which of them are offered; missing: all. */
  readonly fits?: (client: Client) => boolean
}

/** The AI clients whose settings are known here. */
export function ClientSelect({ value, onChange, fits = () => true }: Props) {
  const { data, error, retry } = useOne<{ readonly items: readonly Client[] }>('/clients')
  if (error) return <ErrorNote error={error} onRetry={() => void retry()} />
  const offered = (data?.items ?? []).filter(fits)
  return (
    <Select
      label={t('client')}
      data={offered.map(({ id, title }) => ({ value: id, label: title }))}
      value={offered.length === 0 ? null : value}
      onChange={(chosen) => onChange(chosen ?? value)}
      renderOption={({ option }) => <Data>{option.label}</Data>}
      allowDeselect={false}
      searchable
    />
  )
}
