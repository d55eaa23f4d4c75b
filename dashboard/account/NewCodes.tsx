import { Text } from '@mantine/core'
import { useState } from 'react'
import type { RecoveryCodes as Codes, StepUp } from '../../src/people/second-factor/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { useChange } from '../ui/useChange.ts'
import { ProveIt } from './ProveIt.tsx'
import { RecoveryCodes } from './RecoveryCodes.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function NewCodes({ onClose }: { readonly onClose: () => void }) {
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const { change, isRunning, refusal } = useChange({
    run: (proof: StepUp) => ask<Codes>('POST /me/second-factor/codes', { body: proof }),
    refreshes: ['me'],
    done: ({ recoveryCodes }) => setCodes(recoveryCodes),
  })
  return (
    <Dialog title={t('newCodesTitle')} onClose={onClose} isHeld={codes !== null} isBusy={isRunning}>
      {codes === null ? (
        <ProveIt submit={t('newCodes')} onProof={change} isRunning={isRunning} refusal={refusal}>
          <Text size="sm">{t('newCodesText')}</Text>
        </ProveIt>
      ) : (
        <RecoveryCodes codes={codes} onDone={onClose} />
      )}
    </Dialog>
  )
}
