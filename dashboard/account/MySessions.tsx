import { Button } from '@mantine/core'
import { useState } from 'react'
import type { SessionView } from '../../src/people/sessions/schema.ts'
import { ask } from '../api.ts'
import { useSession } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { ConfirmChange } from '../ui/ConfirmChange.tsx'
import { Section } from '../ui/Section.tsx'
import { useList } from '../ui/useCalls.ts'
import { SessionTable } from './SessionTable.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function MySessions() {
  const list = useList<SessionView>('/sessions', { limit: 50 })
  const [isAsked, setAsked] = useState(false)
  const others = list.items.filter(({ current }) => !current)
  return (
    <Section
      title={t('sessions')}
      actions={
        others.length > 0 && (
          <Button size="xs" variant="default" onClick={() => setAsked(true)}>
            {t('signOutAll')}
          </Button>
        )
      }
    >
      <SessionTable list={list} mayEnd />
      {isAsked && <SignOutAll onClose={() => setAsked(false)} />}
    </Section>
  )
}

function SignOutAll({ onClose }: { readonly onClose: () => void }) {
  const { session } = useSession()
  return (
    <ConfirmChange
      title={t('signOutAll')}
      text={t('signOutAllText')}
      submit={t('signOutAll')}
      isDangerous
      run={() => ask(`POST /members/${session.member.id}/end-sessions`)}
      refreshes={[]}
      done={() => location.assign('/sign-in')}
      onClose={onClose}
    />
  )
}
