import type { Judgement } from '../../operations/work/candidates.js';
import { type SelectedLetter, SelectedLetters } from '../letter-selection.js';

export type { SelectedLetter };

/** Those of a selection, for the script that redrives: it takes letters of one group, and says itself which of them are gone. */
export class RedrivableLetters extends SelectedLetters {
  override judge(letter: SelectedLetter): Judgement {
    return letter.isGone ? 'act' : super.judge(letter);
  }

  fit(first: SelectedLetter, other: SelectedLetter): boolean {
    return first.isGone === true || other.isGone === true || first.group === other.group;
  }
}

/** Of letters that fit. */
export function groupOf(letters: readonly SelectedLetter[]): string {
  return letters.find((letter) => letter.isGone !== true)?.group ?? '';
}
