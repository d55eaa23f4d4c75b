import { Progress, Text } from '@mantine/core'
import { translator } from '../texts.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly measure: string
  /** Null: there is no such limit. */
  readonly now: { readonly used: number; readonly limit: number } | null
}

/** How much of a limit is taken in the running minute, as numbers and as a bar. */
export function NowUsed({ measure, now }: Props) {
  if (now === null)
    return (
      <Text size="sm" c="dimmed">
        {t('none')}
      </Text>
    )
  const percent = Math.min(100, (now.used / now.limit) * 100)
  return (
    <div className="used">
      <Text size="sm" className="number nowrap">
        {t('used', now)}
      </Text>
      <Progress
        value={percent}
        size="sm"
        color={percent >= 100 ? 'red' : percent >= 80 ? 'orange' : 'var(--mantine-color-anchor)'}
        aria-label={t('usedLabel', { measure, ...now })}
      />
    </div>
  )
}
