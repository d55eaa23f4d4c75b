import './policies/policies.css'
import { Alert } from '@mantine/core'
import { useState } from 'react'
import type { Effect } from '../../src/fleet/schema.ts'
import type { Policies } from '../../src/people/policies/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { EffectNote } from '../ui/EffectNote.tsx'
import { ManagedNote } from '../ui/Managed.tsx'
import { Loading, Page } from '../ui/Page.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { useOne } from '../ui/useCalls.ts'
import { PoliciesForm } from './policies/PoliciesForm.tsx'
import { texts } from './policies/texts.data.ts'

const t = translator(texts)

export function PoliciesPage() {
  const mayWrite = useMay()('policies:write') === 'all'
  const [effect, setEffect] = useState<Effect | undefined>()
  const { data, error, retry } = useOne<{ policies: Policies }>('/policies')
  if (!data)
    return (
      <Page title={t('title')} about={t('about')}>
        {error ? <ErrorNote error={error} onRetry={() => void retry()} /> : <Loading lines={10} />}
      </Page>
    )
  const { policies } = data
  return (
    <Page title={t('title')} about={t('about')}>
      <ManagedNote by={policies.managedBy} />
      {!mayWrite && <Alert color="gray">{t('readOnly')}</Alert>}
      <EffectNote effect={effect} />
      <PoliciesForm policies={policies} mayWrite={mayWrite && policies.managedBy === null} onSaved={setEffect} />
    </Page>
  )
}
