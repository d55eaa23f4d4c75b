import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Policies } from '../../../src/people/policies/schema.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { Facts } from '../../ui/Facts.tsx'
import { ManagedNote } from '../../ui/Managed.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { Section } from '../../ui/Section.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { EditSignIn } from './EditSignIn.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** In the largest unit that says it without a rest. */
const spanOf = (minutes: number): string =>
  minutes % 1440 === 0
    ? t('days', { n: minutes / 1440 })
    : minutes % 60 === 0
      ? t('hours', { n: minutes / 60 })
      : t('minutes', { n: minutes })

/** Those of the policies that are about signing in. */
export function SignInPolicy() {
  const may = useMay()
  const { data, error, retry } = useOne<{ policies: Policies }>('/policies')
  const [isEdited, setEdited] = useState(false)
  const policies = data?.policies
  const mayEdit = may('policies:write') === 'all' && policies?.managedBy === null
  return (
    <Section
      title={t('signIn')}
      actions={
        mayEdit && (
          <Button size="xs" variant="default" onClick={() => setEdited(true)}>
            {t('changeSignIn')}
          </Button>
        )
      }
    >
      <ErrorNote error={error} onRetry={() => void retry()} />
      {!policies && !error && <Loading lines={2} />}
      {policies && <ManagedNote by={policies.managedBy} />}
      {policies && (
        <Facts
          of={[
            [t('passwords'), policies.passwordSignIn === 'on' ? t('passwordsOn') : t('passwordsOff')],
            [t('factorRoles'), policies.secondFactorRoles.map((role) => t(role)).join(', ') || t('factorOfNobody')],
            [t('idle'), spanOf(policies.sessionIdleMinutes)],
            [t('maxHours'), spanOf(policies.sessionMaxHours * 60)],
          ]}
        />
      )}
      {isEdited && policies && <EditSignIn policies={policies} onClose={() => setEdited(false)} />}
    </Section>
  )
}
