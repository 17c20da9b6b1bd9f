/** Renderers by the name of the Python component class in lower case. */

import type { ComponentInfo } from "../../shared/site";
import { AnswersOutput } from "./answers";
import { Checkbox } from "./checkbox";
import type { InputClass, InputComponent, OutputClass, OutputComponent } from "./component";
import { DocumentInput } from "./document";
import { ConversationInput } from "./conversation";
import { Dropdown } from "./dropdown";
import { EditsOutput } from "./edits";
import { FactsOutput } from "./facts";
import { FileInput } from "./file";
import { FilledFormOutput } from "./filled_form";
import { FormFields } from "./form_fields";
import { HighlightedTextOutput } from "./highlighted_text";
import { ImageInput } from "./image";
import { LabelOutput } from "./label";
import { Languages } from "./languages";
import { Likes } from "./likes";
import { MeterOutput } from "./meter";
import { ModelChoice } from "./model_choice";
import { NumberInput } from "./number";
import { PassagesOutput } from "./passages";
import { RecommendationsOutput } from "./recommendations";
import { RedactionsOutput } from "./redactions";
import { Pressed } from "./pressed";
import { ReasonsOutput, WhatIfOutput } from "./reasons";
import { ReplyOutput } from "./reply";
import { Sketchpad } from "./sketchpad";
import { SummaryOutput } from "./summary";
import { TableOutput } from "./table";
import { TableFileInput } from "./table_file";
import { Textbox, TextOutput } from "./textbox";
import { TokensOutput } from "./tokens";
import { TranslationOutput } from "./translation";

const INPUTS: Record<string, InputClass> = {
  sketchpad: Sketchpad, textbox: Textbox, image: ImageInput, checkbox: Checkbox, modelchoice: ModelChoice, number: NumberInput, dropdown: Dropdown, file: FileInput, document: DocumentInput, tablefile: TableFileInput, likes: Likes, languages: Languages, pressed: Pressed, conversation: ConversationInput, formfields: FormFields,
};
const OUTPUTS: Record<string, OutputClass> = {
  answers: AnswersOutput, facts: FactsOutput, label: LabelOutput, meter: MeterOutput, edits: EditsOutput, highlightedtext: HighlightedTextOutput, passages: PassagesOutput, textbox: TextOutput, tokens: TokensOutput, reasons: ReasonsOutput, redactions: RedactionsOutput, whatif: WhatIfOutput, table: TableOutput, recommendations: RecommendationsOutput, reply: ReplyOutput, summary: SummaryOutput, translation: TranslationOutput, filledform: FilledFormOutput,
};

export function createInput(info: ComponentInfo): InputComponent {
  const Class = INPUTS[info.type];
  if (!Class) throw new Error(`no renderer for the input component "${info.type}"; there are: ${Object.keys(INPUTS).join(", ")}`);
  return new Class(info);
}

export function createOutput(info: ComponentInfo): OutputComponent {
  const Class = OUTPUTS[info.type];
  if (!Class) throw new Error(`no renderer for the output component "${info.type}"; there are: ${Object.keys(OUTPUTS).join(", ")}`);
  return new Class(info);
}
