import { Alert } from '@mantine/core'
import { Fragment } from 'react'
import type { AppView } from '../../src/apps/schema.ts'
import type { Choice } from '../../src/keys/schema.ts'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { isNothing } from './choices.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly app: AppView; readonly nameOf: (server: string) => string }

export function AppTools({ app: { tools, toolsDefault }, nameOf }: Props) {
  const named = Object.entries(tools)
  return (
    <>
      {isNothing(toolsDefault) && named.every(([, choice]) => isNothing(choice)) && (
        <Alert color="yellow">{t('mayNothing')}</Alert>
      )}
      <dl className="facts">
        {named.map(([id, choice]) => (
          <Fragment key={id}>
            <dt>
              <Data>{nameOf(id)}</Data>
            </dt>
            <dd>
              <Said choice={choice} />
            </dd>
          </Fragment>
        ))}
        <dt>{t('later')}</dt>
        <dd>
          <Said choice={toolsDefault} />
        </dd>
      </dl>
    </>
  )
}

function Said({ choice }: { readonly choice: Choice }) {
  if (choice.mode === 'all') return t('allSaid')
  if (choice.mode === 'none') return t('none')
  const words = { tools: choice.items.join(', ') }
  return choice.mode === 'only' ? t('onlySaid', words) : t('exceptSaid', words)
}
