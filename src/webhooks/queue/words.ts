import type { Format } from '../schema.ts'

/** What is said of an event to people. */
export type Said = {
  readonly action: string
  readonly at: string
  readonly subject: { readonly kind: string; readonly name: string; readonly id: string }
  readonly actor: { readonly kind: string; readonly name: string }
}

const longest = 200

/**
 * Pure: the body for an incoming webhook of Slack (`text`, its own escapes) or Microsoft Teams (an adaptive card, facts
 * that are not read as markup). Names are anybody's: none may become a link, a mention or a second line.
 */
export const wordsFor = (format: Exclude<Format, 'standard'>, said: Said): string =>
  JSON.stringify(format === 'slack' ? slackOf(said) : teamsOf(said))

const slackOf = ({ action, at, subject, actor }: Said): object => ({
  text: `*${slackText(action)}*  ${slackText(`${subject.kind} ${nameOf(subject)}`)}  by ${slackText(actor.name || actor.kind)}  (${at})`,
  unfurl_links: false,
})

/** https://docs.slack.dev/messaging/formatting-message-text: three characters are written as entities; marks are ours. */
const slackText = (text: string): string =>
  plain(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[*_~`]/g, ' ')

const teamsOf = ({ action, at, subject, actor }: Said): object => ({
  type: 'message',
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      content: {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.4',
        body: [
          { type: 'TextBlock', size: 'Medium', weight: 'Bolder', text: cardText(action), wrap: true },
          {
            type: 'FactSet',
            facts: [
              { title: 'What', value: cardText(`${subject.kind} ${nameOf(subject)}`) },
              { title: 'Who', value: cardText(actor.name || actor.kind) },
              { title: 'When', value: at },
            ],
          },
        ],
      },
    },
  ],
})

/** Cards read a part of Markdown: brackets make links, the rest changes how it looks. */
const cardText = (text: string): string => plain(text).replace(/[[\]()*_~`<>#|\\]/g, ' ')

const nameOf = ({ name, id }: Said['subject']): string => (name === '' ? id : name)
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, longest)
