import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Refused } from '../../api.ts'
import { translator } from '../../texts.ts'
import { EmptyState, Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly error: Error | null; readonly onRetry: () => void }

/** While a key is on its way, and where there is none. */
export function KeyMissing({ error, onRetry }: Props) {
  if (error === null) return <Loading />
  if (!(error instanceof Refused) || error.refusal.code !== 'not_found')
    return <ErrorNote error={error} onRetry={onRetry} />
  return (
    <EmptyState
      title={t('notFound')}
      text={t('notFoundText')}
      action={
        <Anchor component={Link} to="/configuration/api-keys" underline="always">
          {t('toList')}
        </Anchor>
      }
    />
  )
}
