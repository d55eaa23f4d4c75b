import { NumberInput, SimpleGrid } from '@mantine/core'
import type { Refusal } from '../api.ts'
import { translator } from '../texts.ts'
import { fieldError } from '../ui/useChange.ts'
import { texts } from './texts.data.ts'
import type { Times } from './times.ts'

const t = translator(texts)

type Props = {
  readonly times: Times
  readonly onChange: (times: Times) => void
  readonly refusal: Refusal | null
  /** Of an answer; models may think for longer. */
  readonly answerSeconds?: number
}
const names = ['connectSeconds', 'answerSeconds', 'idleSeconds', 'totalSeconds'] as const
const most = { connectSeconds: 60, answerSeconds: 3600, idleSeconds: 86_400, totalSeconds: 86_400 }

/** How long gateways wait; what is left empty has its default, which stands there in grey. */
export function TimeoutFields({ times, onChange, refusal, answerSeconds = 60 }: Props) {
  const usual = { connectSeconds: '5', answerSeconds: String(answerSeconds), idleSeconds: '900' }
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      {names.map((name) => (
        <NumberInput
          key={name}
          label={t(name)}
          placeholder={name === 'totalSeconds' ? t('noLimit') : usual[name]}
          value={times[name]}
          onChange={(value) => onChange({ ...times, [name]: typeof value === 'number' ? value : '' })}
          min={1}
          max={most[name]}
          allowDecimal={false}
          hideControls
          error={fieldError(refusal, `/timeouts/${name}`)}
        />
      ))}
    </SimpleGrid>
  )
}
