package chat.samara.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The arrows of the design (DESIGN §2), inside this module and out of it. */
@DisplayName("The SDK")
class ArchitectureTest {
    private static final JavaClasses SDK = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("chat.samara.client");

    @Test
    @DisplayName("knows nothing of servers")
    void noServer() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("chat.samara.server..", "chat.samara.cli..", "io.netty..", "org.rocksdb..")
                .check(SDK);
    }

    @Test
    @DisplayName("leaves Bouncy Castle and Conscrypt to mls")
    void noBouncyCastle() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.bouncycastle..",
                        "chat.samara.mls.crypto.bouncycastle..",
                        "org.conscrypt..",
                        "chat.samara.mls.crypto.conscrypt..",
                        "chat.samara.mls.crypto.primitive..")
                .check(SDK);
    }

    @Test
    @DisplayName("has an engine without sockets, files, threads or a clock")
    void engineIsSansIo() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "chat.samara.client.device..", "chat.samara.client.channel..", "chat.samara.client.refusal..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.net..",
                        "java.nio.file..",
                        "java.nio.channels..",
                        "java.util.concurrent..",
                        "javax.net..",
                        "org.slf4j..",
                        "org.h2..")
                .check(SDK);
        noClasses()
                .that()
                .resideInAnyPackage("chat.samara.client.device..", "chat.samara.client.content..")
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Thread.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(java.time.Clock.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(java.security.SecureRandom.class)
                .check(SDK);
    }

    @Test
    @DisplayName("keeps MVStore in the profile, sockets in the transport, zstd in the content")
    void oneLibraryOnePackage() {
        onlyIn("org.h2..", "chat.samara.client.profile");
        onlyIn("javax.net..", "chat.samara.client.transport");
        onlyIn("com.github.luben..", "chat.samara.client.content");
    }

    private static void onlyIn(String library, String home) {
        noClasses()
                .that()
                .resideOutsideOfPackage(home)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(SDK);
    }

    @Test
    @DisplayName("has no cycles between its packages")
    void noCycles() {
        slices().matching("chat.samara.client.(*)..").should().beFreeOfCycles().check(SDK);
    }

    @Test
    @DisplayName("does not show its stored messages to applications")
    void storedIsInternal() {
        methods()
                .that()
                .arePublic()
                .and()
                .areDeclaredInClassesThat()
                .arePublic()
                .and()
                .areDeclaredInClassesThat()
                .resideOutsideOfPackage("chat.samara.client.stored..")
                .should()
                .notHaveRawReturnType(com.tngtech.archunit.base.DescribedPredicate.describe(
                        "stored messages", type -> type.getPackageName().startsWith("chat.samara.client.stored")))
                .check(SDK);
        classes()
                .that()
                .resideInAPackage("chat.samara.client.stored..")
                .should()
                .onlyBeAccessed()
                .byAnyPackage(
                        "chat.samara.client.stored..", "chat.samara.client.device..", "chat.samara.client.profile..")
                .check(SDK);
    }
}
