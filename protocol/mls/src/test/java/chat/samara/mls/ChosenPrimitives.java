package chat.samara.mls;

import chat.samara.mls.crypto.Primitives;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Chooses the primitives before any test of this module, as a program does at its start; the build runs them over both. */
public final class ChosenPrimitives implements BeforeAllCallback {
    @Override
    public void beforeAll(ExtensionContext context) throws Primitives.ForcedException {
        Primitives.choose(System.getProperty("java.io.tmpdir"));
    }
}
