export const texts = {
  linkOnce: 'This link is shown once',
  worksUntil: 'It works once, and ends',
  copyLink: 'Copy the link',
  notCopiedYet: 'The link has not been copied yet.',
  done: 'Done',
  doneUncopied: 'Close without copying',
} as const
