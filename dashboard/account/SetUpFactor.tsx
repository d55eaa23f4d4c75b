import './account.css'
import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useEffect, useState } from 'react'
import { signOut } from '../session/signOut.ts'
import { translator } from '../texts.ts'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { FactorSteps } from './FactorSteps.tsx'
import { CodesAlone } from './RecoveryCodes.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** All that is open to a session whose role needs a second factor and whose person has none yet. */
export function SetUpFactor({ onDone }: { readonly onDone: () => void }) {
  const [error, setError] = useState<Error | null>(null)
  const leave = () => signOut().catch((failed: unknown) => setError(failed instanceof Error ? failed : null))
  useEffect(() => {
    document.title = `${t('neededTitle')} · Ostiary`
  }, [])
  return (
    <main className="alone">
      <Paper withBorder p="lg" radius="md" component="div">
        <Stack gap="md">
          <Title order={1} size="h3" id="page-title" tabIndex={-1}>
            {t('neededTitle')}
          </Title>
          <Text>{t('neededText')}</Text>
          <FactorSteps isOver={false} onDone={onDone} Codes={CodesAlone} />
          <ErrorNote error={error} />
          <Group>
            <Button variant="subtle" color="gray" size="compact-sm" onClick={() => void leave()}>
              {t('signOut')}
            </Button>
          </Group>
        </Stack>
      </Paper>
    </main>
  )
}
