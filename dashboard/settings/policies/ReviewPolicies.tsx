import { Button, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Policies, PoliciesPatch, Touched, TouchedKey } from '../../../src/people/policies/schema.ts'
import { type Refusal, Refused } from '../../api.ts'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { FormDialog } from '../../ui/Dialog.tsx'
import type { PolicyName } from './draft.ts'
import { foresee } from './foresee.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

const columns: readonly Column<TouchedKey>[] = [
  {
    id: 'key',
    label: t('keyName'),
    cell: ({ key, name }) => (
      <Link className="link" to={`/configuration/api-keys/${key}`}>
        <Data>{name}</Data>
      </Link>
    ),
  },
  { id: 'owner', label: t('keyOwner'), cell: ({ owner }) => <Data>{owner.name}</Data> },
  { id: 'by', label: t('by'), cell: ({ policies }) => policies.map(policyText).join(', ') },
]

/** `tiers.production.maxExpiresIn` is said as its policy and environment. */
function policyText(name: string): string {
  const parts = name.split('.').filter((part) => part !== 'tiers')
  return parts.map((part) => (isText(part) ? t(part) : part)).join(': ')
}
const isText = (name: string): name is PolicyName | 'organization' | 'development' | 'staging' | 'production' =>
  Object.hasOwn(texts, name)

type Props = {
  readonly policies: Policies
  readonly patch: PoliciesPatch
  readonly changed: readonly PolicyName[]
  readonly touched: Touched
  readonly onClose: () => void
  readonly onSave: () => void
  readonly isRunning: boolean
  readonly refusal: Refusal | null
}

export function ReviewPolicies({ policies, patch, changed, touched, onClose, onSave, isRunning, refusal }: Props) {
  const [seen, setSeen] = useState(touched)
  const [moreRefused, setMoreRefused] = useState<Refusal | null>(null)
  const more = async (cursor: string) => {
    try {
      const next = await foresee(policies, patch, cursor)
      setSeen({ ...next.touched, items: [...seen.items, ...next.touched.items] })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      setMoreRefused(error.refusal)
    }
  }
  return (
    <FormDialog
      title={t('reviewTitle')}
      submit={t('save')}
      size="xl"
      onClose={onClose}
      onSubmit={onSave}
      isRunning={isRunning}
      refusal={refusal ?? moreRefused}
    >
      <Text size="sm">{t('changed', { names: changed.map(policyText).join(', ') })}</Text>
      <Text fw={600}>{touched.total === 0 ? t('touchesNone') : t('touches', { n: touched.total })}</Text>
      {seen.items.length > 0 && (
        <>
          <Text size="sm" c="dimmed">
            {t('touchesText')}
          </Text>
          <DataTable
            label={t('touchedKeys')}
            columns={columns}
            list={{ items: [...seen.items], isLoading: false, error: null, retry: nothing, isStale: false }}
            idOf={({ key }) => key}
            nameOf={({ name }) => name}
            empty={null}
          />
        </>
      )}
      {seen.nextCursor !== undefined && (
        <Button variant="default" onClick={() => void more(seen.nextCursor ?? '')}>
          {t('more')}
        </Button>
      )}
    </FormDialog>
  )
}

const nothing = () => Promise.reject(new Error('what was foreseen is not asked again'))
