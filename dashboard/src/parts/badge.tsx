import type { Word } from "../words";
import { Icon } from "./icon";

export function Badge({ word, loud = false }: { word: Word; loud?: boolean }) {
  return (
    <span className={`badge tone-${word.tone}${loud ? " loud" : ""}`}>
      <Icon name={word.icon} />
      {word.text}
    </span>
  );
}
