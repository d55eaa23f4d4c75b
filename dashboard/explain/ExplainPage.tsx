import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ExplainInput, Explanation } from '../../src/access/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { EmptyState, Loading, Page } from '../ui/Page.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { useUrl } from '../ui/useUrl.ts'
import { ExplainForm } from './ExplainForm.tsx'
import { fieldsIn, inputOf } from './question.ts'
import { texts } from './texts.data.ts'
import { Verdict } from './Verdict.tsx'

const t = translator(texts)

/** Nothing is changed by it, so it is asked again like anything that is read. */
const useExplanation = (input: ExplainInput | null) =>
  useQuery({
    queryKey: ['access', input],
    queryFn: ({ signal }) => ask<Explanation>('POST /access/explain', { body: input, signal }),
    enabled: input !== null,
  })

export function ExplainPage() {
  const [url, setUrl] = useUrl()
  const fields = fieldsIn(url)
  const input = inputOf(fields)
  const { data, error, isFetching, refetch } = useExplanation(input)
  const again = (asked: typeof fields) => {
    setUrl(asked, 'push')
    void refetch()
  }
  return (
    <Page title={t('title')} about={t('about')}>
      <Stack gap="lg">
        {/* Another question in the address (a link that was followed) is another form. */}
        <ExplainForm key={JSON.stringify(fields)} fields={fields} isAsking={isFetching} onAsk={again} />
        {input === null ? (
          <EmptyState title={t('first')} text={t('firstText')} />
        ) : error ? (
          <ErrorNote error={error} onRetry={() => void refetch()} />
        ) : data ? (
          <Verdict explanation={data} keyId={fields.key} />
        ) : (
          <Loading lines={3} />
        )}
      </Stack>
    </Page>
  )
}
