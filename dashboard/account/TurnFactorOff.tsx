import { Text } from '@mantine/core'
import type { StepUp } from '../../src/people/second-factor/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { useChange } from '../ui/useChange.ts'
import { ProveIt } from './ProveIt.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function TurnFactorOff({ onClose }: { readonly onClose: () => void }) {
  const { change, isRunning, refusal } = useChange({
    run: (proof: StepUp) => ask<unknown>('DELETE /me/second-factor', { body: proof }),
    refreshes: ['me'],
    said: t('factorIsOff'),
    done: onClose,
  })
  return (
    <Dialog title={t('turnOffTitle')} onClose={onClose}>
      <ProveIt submit={t('turnOff')} isDangerous onProof={change} isRunning={isRunning} refusal={refusal}>
        <Text size="sm">{t('turnOffText')}</Text>
      </ProveIt>
    </Dialog>
  )
}
