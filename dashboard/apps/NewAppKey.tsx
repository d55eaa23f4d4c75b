import { Alert, Button, Stack, Text } from '@mantine/core'
import { IconKeyOff } from '@tabler/icons-react'
import { useState } from 'react'
import type { AppView } from '../../src/apps/schema.ts'
import type { NewKey } from '../../src/keys/schema.ts'
import { ask } from '../api.ts'
import { RevealSecret } from '../keys/reveal/RevealSecret.tsx'
import type { RevealAnswer } from '../keys/reveal/shownOnce.ts'
import { translator } from '../texts.ts'
import { ProblemNote } from '../ui/ProblemNote.tsx'
import { useRefresh } from '../ui/useCalls.ts'
import { useChange } from '../ui/useChange.ts'
import { useHeld } from '../ui/useHeld.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly app: AppView; readonly mayWrite: boolean }

/** An app whose key has ended gets another one, as open as the app is. */
export function NewAppKey({ app, mayWrite }: Props) {
  const [made, setMade] = useState<RevealAnswer | null>(null)
  const refresh = useRefresh()
  const { change, isRunning, refusal } = useChange({
    run: (body: NewKey, idempotencyKey) => ask<RevealAnswer>('POST /keys', { body, idempotencyKey }),
    // Not the app yet: with a key it has no such note, and the secret would go with it.
    refreshes: ['keys'],
    done: setMade,
  })
  useHeld(isRunning)
  const all = { mode: 'all' } as const
  const key: NewKey = {
    name: app.name,
    owner: { type: 'app', id: app.id },
    projects: [app.project],
    mcp: { enabled: true, servers: all, toolsDefault: all },
  }
  return (
    <>
      {made && <RevealSecret answer={made} onDone={() => void refresh(['apps'])} />}
      <Alert color="yellow" icon={<IconKeyOff size={20} />} title={t('newKeyTitle')}>
        <Stack gap="xs" align="flex-start">
          <Text size="sm">{t('newKeyText')}</Text>
          <ProblemNote refusal={refusal} />
          {mayWrite && (
            <Button size="xs" variant="default" loading={isRunning} onClick={() => void change(key)}>
              {t('newKey')}
            </Button>
          )}
        </Stack>
      </Alert>
    </>
  )
}
