import { useState } from 'react'
import { ask } from '../../api.ts'
import { useChange } from '../../ui/useChange.ts'
import { ImportForm } from './ImportForm.tsx'
import { ImportResults } from './ImportResults.tsx'
import { type Imported, leftOut, withSecondTry } from './importing.ts'

type Definitions = { readonly keys: readonly unknown[]; readonly deliverTo: string | null }
type Asked = Definitions & { readonly dryRun: boolean }
type Answer = { readonly results: readonly Imported[] }
type Made = { readonly of: Definitions; readonly results: readonly Imported[] }

/** First what would become of each, then the keys; secrets stay in this component until it is left. */
export function ImportKeys({ onClose }: { readonly onClose: () => void }) {
  const [foreseen, setForeseen] = useState<readonly Imported[] | null>(null)
  const [made, setMade] = useState<Made | null>(null)
  const missing = leftOut(made?.results ?? [])
  const { change, isRunning, refusal } = useChange({
    run: ({ keys, deliverTo, dryRun }: Asked, idempotencyKey) =>
      ask<Answer>('POST /keys/import', {
        body: { keys, dryRun, ...(deliverTo === null ? {} : { deliverTo }) },
        idempotencyKey,
      }),
    refreshes: ['keys'],
    done: ({ results }, { dryRun, ...of }) => {
      if (dryRun) setForeseen(results)
      else setMade(made ? { ...made, results: withSecondTry(made.results, results, missing) } : { of, results })
    },
  })
  if (made) {
    const { keys, deliverTo } = made.of
    const left = keys.filter((_, at) => missing.includes(at))
    return (
      <ImportResults
        // With each try there are other secrets, which nobody has saved.
        key={missing.length}
        made={made.results}
        missing={missing.length}
        onAgain={() => void change({ keys: left, deliverTo, dryRun: false })}
        onDone={onClose}
        isRunning={isRunning}
        refusal={refusal}
      />
    )
  }
  return (
    <ImportForm
      foreseen={foreseen}
      onOther={() => setForeseen(null)}
      onSubmit={(keys, deliverTo) => void change({ keys, deliverTo, dryRun: foreseen === null })}
      onClose={onClose}
      isRunning={isRunning}
      refusal={refusal}
    />
  )
}
