import { Button, Group, Radio, Stack } from '@mantine/core'
import { useState } from 'react'
import type { MailPreference, Preferences } from '../../src/notifications/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { Loading } from '../ui/Page.tsx'
import { ErrorNote, ProblemNote } from '../ui/ProblemNote.tsx'
import { useOne } from '../ui/useCalls.ts'
import { useChange } from '../ui/useChange.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
const ways = ['at-once', 'daily', 'off'] as const satisfies readonly MailPreference[]
type Answer = { readonly preferences: Preferences }

export function MailPreferences() {
  const { data, error, retry } = useOne<Answer>('/notifications/preferences')
  if (error) return <ErrorNote error={error} onRetry={() => void retry()} />
  return data ? <PreferencesForm now={data.preferences.mail} /> : <Loading lines={3} />
}

function PreferencesForm({ now }: { readonly now: MailPreference }) {
  const [mail, setMail] = useState(now)
  const { change, isRunning, refusal } = useChange({
    run: (body: Preferences) => ask<Answer>('PATCH /notifications/preferences', { body }),
    refreshes: ['notifications'],
    said: t('saved'),
  })
  return (
    <Stack gap="md" maw={560}>
      <Radio.Group
        label={t('mailHow')}
        description={t('mailNeeds')}
        value={mail}
        onChange={(chosen) => setMail(ways.find((way) => way === chosen) ?? now)}
      >
        <Stack gap="sm" mt="sm">
          {ways.map((way) => (
            <Radio key={way} value={way} label={t(`mail.${way}`)} description={t(`mail.${way}.text`)} />
          ))}
        </Stack>
      </Radio.Group>
      <ProblemNote refusal={refusal} />
      <Group>
        <Button disabled={mail === now} loading={isRunning} onClick={() => void change({ mail })}>
          {t('save')}
        </Button>
      </Group>
    </Stack>
  )
}
