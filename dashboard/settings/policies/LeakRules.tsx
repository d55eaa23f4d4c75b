import { translator } from '../../texts.ts'
import { BlackoutsField } from './BlackoutsField.tsx'
import { usePolicy } from './Editing.ts'
import { NumberField } from './NumberField.tsx'
import { texts } from './texts.data.ts'
import { WordField } from './WordField.tsx'

const t = translator(texts)

export function LeakRules() {
  const leakAction = usePolicy('leakAction')
  const child = usePolicy('maxChildSeconds')
  const rotations = usePolicy('maxRotationsPerHourPercent')
  const blackouts = usePolicy('blackouts')
  return (
    <>
      <WordField
        label={t('leakAction')}
        description={t('leakActionHint')}
        words={['suspend', 'revoke'] as const}
        textOf={t}
        value={leakAction.value}
        onChange={leakAction.set}
        error={leakAction.error}
      />
      <NumberField
        label={t('maxChildSeconds')}
        description={t('maxChildSecondsHint')}
        min={1}
        max={86_400}
        value={child.value}
        onChange={child.set}
        error={child.error}
      />
      <NumberField
        label={t('maxRotationsPerHourPercent')}
        description={t('maxRotationsPerHourPercentHint')}
        min={1}
        max={100}
        value={rotations.value}
        onChange={rotations.set}
        error={rotations.error}
      />
      <BlackoutsField value={blackouts.value} onChange={blackouts.set} error={blackouts.error} />
    </>
  )
}
