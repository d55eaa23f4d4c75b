import { Button, Group, Stack, Text } from '@mantine/core'
import type { Effect } from '../../src/fleet/schema.ts'
import { translator } from '../texts.ts'
import { Dialog } from './Dialog.tsx'
import { EffectNote } from './EffectNote.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly title: string
  readonly text?: string
  readonly effect: Effect
  readonly force?: 'refused' | 'inForce'
  /** What is on the button that ends it. */
  readonly leave?: string
  readonly onClose: () => void
}

/** The end of a dialog: what has become of the thing, and on how many gateways already. */
export const ChangeDone = ({ title, text, effect, force = 'inForce', leave = t('close'), onClose }: Props) => (
  <Dialog title={title} onClose={onClose}>
    <Stack>
      {text && <Text role="status">{text}</Text>}
      <EffectNote effect={effect} force={force} />
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          {leave}
        </Button>
      </Group>
    </Stack>
  </Dialog>
)
