import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { SignInOptions } from '../../src/people/identity-providers/schema.ts'
import { ask } from '../api.ts'
import { useSession } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { ProblemNote } from '../ui/ProblemNote.tsx'
import { Section } from '../ui/Section.tsx'
import { useOne } from '../ui/useCalls.ts'
import { fieldError, useChange } from '../ui/useChange.ts'
import { renewSession } from './renewSession.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function ChangePassword() {
  const { session } = useSession()
  const { data } = useOne<SignInOptions>('/sign-in/options', { organization: session.organization.slug })
  return (
    <Section title={t('password')}>
      {data?.passwords === 'off' ? <Text size="sm">{t('passwordsOff')}</Text> : <PasswordForm />}
    </Section>
  )
}

const empty = { current: '', password: '' }

function PasswordForm() {
  const { session } = useSession()
  const [typed, setTyped] = useState(empty)
  const { change, isRunning, refusal } = useChange({
    run: async (body: typeof empty) => {
      await ask('POST /me/password', { body })
      await renewSession()
    },
    refreshes: ['sessions'],
    said: t('passwordChanged'),
    done: () => setTyped(empty),
  })
  const send = (event: FormEvent) => {
    event.preventDefault()
    void change(typed)
  }
  return (
    <form onSubmit={send} noValidate>
      <Stack gap="sm" maw={480}>
        {/* Password managers want to know whose it is. */}
        <input type="text" name="username" autoComplete="username" value={session.member.email} readOnly hidden />
        <PasswordInput
          label={t('currentPassword')}
          value={typed.current}
          onChange={(event) => setTyped({ ...typed, current: event.currentTarget.value })}
          autoComplete="current-password"
          error={fieldError(refusal, '/current')}
          required
        />
        <PasswordInput
          label={t('newPassword')}
          description={t('newPasswordHint')}
          value={typed.password}
          onChange={(event) => setTyped({ ...typed, password: event.currentTarget.value })}
          autoComplete="new-password"
          error={fieldError(refusal, '/password')}
          required
        />
        <ProblemNote refusal={refusal} />
        <Group>
          <Button type="submit" loading={isRunning} disabled={typed.current === '' || typed.password === ''}>
            {t('changePassword')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
