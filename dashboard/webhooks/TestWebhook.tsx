import { Alert, Button, Text } from '@mantine/core'
import { IconCircleCheck, IconCircleX, IconSend } from '@tabler/icons-react'
import { useState } from 'react'
import type { Outcome } from '../../src/webhooks/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { ProblemNote } from '../ui/ProblemNote.tsx'
import { useChange } from '../ui/useChange.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** Sends an event that says nothing, and tells how it went. */
export function useTestWebhook(id: string) {
  const [outcome, setOutcome] = useState<Outcome | null>(null)
  const { change, isRunning, refusal } = useChange({
    run: () => ask<Outcome>(`POST /webhooks/${id}/test`, { body: {} }),
    refreshes: ['webhooks'],
    done: setOutcome,
  })
  const button = (
    <Button
      variant="default"
      leftSection={<IconSend size={16} />}
      loading={isRunning}
      onClick={() => {
        setOutcome(null)
        void change(null)
      }}
    >
      {t('test')}
    </Button>
  )
  const note = (
    <>
      <ProblemNote refusal={refusal} />
      {outcome && <OutcomeNote outcome={outcome} />}
    </>
  )
  return { button, note }
}

function OutcomeNote({ outcome: { delivered, status, detail } }: { readonly outcome: Outcome }) {
  const said = status === null ? t('testNobody') : t('testStatus', { status })
  return (
    <Alert
      role="status"
      color={delivered ? 'green' : 'red'}
      icon={delivered ? <IconCircleCheck size={20} /> : <IconCircleX size={20} />}
      title={delivered ? t('testArrived') : t('testFailed')}
    >
      <Text size="sm">{delivered ? t('testArrivedText', { status: status ?? 200 }) : said}</Text>
      {detail && (
        <Text size="sm">
          <Data>{detail}</Data>
        </Text>
      )}
    </Alert>
  )
}
