import { Button, Group } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Refused } from '../api.ts'
import { Loading, Page } from './Page.tsx'
import { ErrorNote } from './ProblemNote.tsx'

type Gone = {
  /** "There is no such …", and why that may be. */
  readonly title: string
  readonly text: string
  /** Where those are that there are. */
  readonly list: string
  readonly toList: string
}
type Props = {
  readonly title: string
  readonly error: Error | null
  readonly retry: () => unknown
  readonly gone: Gone
}

/** The page of one thing while there is none to show: it is on its way, did not come, or does not exist. */
export function AbsentPage({ title, error, retry, gone }: Props) {
  if (isGone(error)) return <GonePage {...gone} />
  return <Page title={title}>{error ? <ErrorNote error={error} onRetry={() => void retry()} /> : <Loading />}</Page>
}

export const isGone = (error: Error | null): boolean => error instanceof Refused && error.refusal.status === 404

export const GonePage = ({ title, text, list, toList }: Gone) => (
  <Page title={title} about={text}>
    <Group>
      <Button component={Link} to={list} variant="default">
        {toList}
      </Button>
    </Group>
  </Page>
)
