import { Alert, Button, Group, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { translator } from '../texts.ts'
import { texts } from './texts.data.ts'
import type { Leaving } from './useLeaving.ts'

const t = translator(texts)

/** What is lost, where that is more than what can be shown only once. */
type Words = { readonly title: string; readonly text: string; readonly back: string; readonly leave: string }
const usual: Words = {
  title: t('leaveTitle'),
  text: t('leaveText'),
  back: t('leaveBack'),
  leave: t('leave'),
}

type Props = { readonly leaving: Leaving; readonly words?: Words }

/** Where it is shown, so that one look says what would go. */
export function AskToLeave({ leaving, words: { title, text, back, leave } = usual }: Props) {
  if (!leaving.isAsking) return null
  return (
    <Alert color="yellow" icon={<IconAlertTriangle size={20} />} title={title} role="alert">
      <Text size="sm">{text}</Text>
      <Group gap="xs" mt="xs">
        <Button size="xs" onClick={leaving.stay} autoFocus>
          {back}
        </Button>
        <Button size="xs" variant="default" onClick={leaving.leave}>
          {leave}
        </Button>
      </Group>
    </Alert>
  )
}
