package chat.samara.wire.name;

/** What a code point is, as far as the rules for names ask. */
public enum CharacterKind {
    /** Any letter (general category L). */
    LETTER,
    /** A decimal digit of any script (Nd). */
    DIGIT,
    /** A mark that takes no room (Mn). */
    MARK,
    /** A mark that takes room, or encloses (Mc, Me). */
    WIDE_MARK,
    /** Anything else that is seen, spaces included. */
    OTHER,
    /** Turns the direction of text (Bidi_Control). */
    BIDI_CONTROL,
    /** Default-ignorable, control, format, surrogate, private, or not assigned in this version. */
    INVISIBLE;

    /** What the code point is. */
    public static CharacterKind of(int codePoint) {
        return NameData.frozen().kind(codePoint);
    }
}
