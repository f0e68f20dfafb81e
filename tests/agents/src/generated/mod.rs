//! Written by `quater gen rust` from `agents.qtr`: what is changed here is lost.

pub mod audio_content;
pub mod elicitation;
pub mod elicitation_choices;
pub mod elicitation_defaults;
pub mod image_content;
pub mod input_capabilities;
pub mod input_elicitation;
pub mod input_many;
pub mod input_roots;
pub mod input_rounds;
pub mod input_sampling;
pub mod input_state;
pub mod input_tampered;
pub mod logging;
pub mod missing_capability;
pub mod multiple_content_types;
pub mod prompt_of_the_user;
pub mod prompt_with_image;
pub mod sampling;
pub mod static_binary;
pub mod streaming_elicitation;
pub mod types;
pub mod with_logging;

use std::process::ExitCode;
use std::sync::Arc;

/// The checked service of `agents.qtr`, which [`serve`] runs.
pub const SERVICE: &[u8] = include_bytes!("service.qir");

/// The bodies that `agents.qtr` leaves to Rust.
///
/// A body runs inside the transaction of its call. It may be run again from its beginning where other
/// calls got in its way, so it does nothing but what its context offers.
pub trait Bodies: Send + Sync + 'static {
    /// A red dot.
    ///
    /// Declared at `agents.qtr:98`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn image_content(
        &self,
        context: &mut image_content::Context<'_>,
        input: image_content::Input,
    ) -> Result<image_content::Output, image_content::Error>;

    /// A moment of silence.
    ///
    /// Declared at `agents.qtr:106`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn audio_content(
        &self,
        context: &mut audio_content::Context<'_>,
        input: audio_content::Input,
    ) -> Result<audio_content::Output, audio_content::Error>;

    /// A text, a picture and a document.
    ///
    /// Declared at `agents.qtr:121`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn multiple_content_types(
        &self,
        context: &mut multiple_content_types::Context<'_>,
        input: multiple_content_types::Input,
    ) -> Result<multiple_content_types::Output, multiple_content_types::Error>;

    /// A tool that says what it does.
    ///
    /// Declared at `agents.qtr:129`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn with_logging(
        &self,
        context: &mut with_logging::Context<'_>,
        input: with_logging::Input,
    ) -> Result<with_logging::Output, with_logging::Error>;

    /// Another one.
    ///
    /// Declared at `agents.qtr:137`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn logging(
        &self,
        context: &mut logging::Context<'_>,
        input: logging::Input,
    ) -> Result<logging::Output, logging::Error>;

    /// What the caller's model makes of a text.
    ///
    /// Declared at `agents.qtr:145`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn sampling(
        &self,
        context: &mut sampling::Context<'_>,
        input: sampling::Input,
    ) -> Result<sampling::Output, sampling::Error>;

    /// What the user answers.
    ///
    /// Declared at `agents.qtr:153`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn elicitation(
        &self,
        context: &mut elicitation::Context<'_>,
        input: elicitation::Input,
    ) -> Result<elicitation::Output, elicitation::Error>;

    /// A form with defaults.
    ///
    /// Declared at `agents.qtr:161`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn elicitation_defaults(
        &self,
        context: &mut elicitation_defaults::Context<'_>,
        input: elicitation_defaults::Input,
    ) -> Result<elicitation_defaults::Output, elicitation_defaults::Error>;

    /// A form with choices.
    ///
    /// Declared at `agents.qtr:169`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn elicitation_choices(
        &self,
        context: &mut elicitation_choices::Context<'_>,
        input: elicitation_choices::Input,
    ) -> Result<elicitation_choices::Output, elicitation_choices::Error>;

    /// A tool that needs a model.
    ///
    /// Declared at `agents.qtr:177`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn missing_capability(
        &self,
        context: &mut missing_capability::Context<'_>,
        input: missing_capability::Input,
    ) -> Result<missing_capability::Output, missing_capability::Error>;

    /// A tool that needs its user.
    ///
    /// Declared at `agents.qtr:185`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn streaming_elicitation(
        &self,
        context: &mut streaming_elicitation::Context<'_>,
        input: streaming_elicitation::Input,
    ) -> Result<streaming_elicitation::Output, streaming_elicitation::Error>;

    /// A greeting.
    ///
    /// Declared at `agents.qtr:193`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn input_elicitation(
        &self,
        context: &mut input_elicitation::Context<'_>,
        input: input_elicitation::Input,
    ) -> Result<input_elicitation::Output, input_elicitation::Error>;

    /// The capital of France.
    ///
    /// Declared at `agents.qtr:201`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn input_sampling(
        &self,
        context: &mut input_sampling::Context<'_>,
        input: input_sampling::Input,
    ) -> Result<input_sampling::Output, input_sampling::Error>;

    /// How many folders the caller has.
    ///
    /// Declared at `agents.qtr:209`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn input_roots(
        &self,
        context: &mut input_roots::Context<'_>,
        input: input_roots::Input,
    ) -> Result<input_roots::Output, input_roots::Error>;

    /// A tool that goes on where it was.
    ///
    /// Declared at `agents.qtr:217`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn input_state(
        &self,
        context: &mut input_state::Context<'_>,
        input: input_state::Input,
    ) -> Result<input_state::Output, input_state::Error>;

    /// A tool that asks three things at once.
    ///
    /// Declared at `agents.qtr:225`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn input_many(
        &self,
        context: &mut input_many::Context<'_>,
        input: input_many::Input,
    ) -> Result<input_many::Output, input_many::Error>;

    /// A tool that asks one thing after the other.
    ///
    /// Declared at `agents.qtr:233`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn input_rounds(
        &self,
        context: &mut input_rounds::Context<'_>,
        input: input_rounds::Input,
    ) -> Result<input_rounds::Output, input_rounds::Error>;

    /// A tool that notices what was changed on the way.
    ///
    /// Declared at `agents.qtr:241`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn input_tampered(
        &self,
        context: &mut input_tampered::Context<'_>,
        input: input_tampered::Input,
    ) -> Result<input_tampered::Output, input_tampered::Error>;

    /// A tool that asks whoever can be asked.
    ///
    /// Declared at `agents.qtr:249`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn input_capabilities(
        &self,
        context: &mut input_capabilities::Context<'_>,
        input: input_capabilities::Input,
    ) -> Result<input_capabilities::Output, input_capabilities::Error>;

    /// A picture that never changes.
    ///
    /// Declared at `agents.qtr:264`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn static_binary(
        &self,
        context: &mut static_binary::Context<'_>,
        input: static_binary::Input,
    ) -> Result<static_binary::Output, static_binary::Error>;

    /// Something to say about a picture.
    ///
    /// Declared at `agents.qtr:326`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn prompt_with_image(
        &self,
        context: &mut prompt_with_image::Context<'_>,
        input: prompt_with_image::Input,
    ) -> Result<prompt_with_image::Output, prompt_with_image::Error>;

    /// Something to say about what the user names.
    ///
    /// Declared at `agents.qtr:334`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn prompt_of_the_user(
        &self,
        context: &mut prompt_of_the_user::Context<'_>,
        input: prompt_of_the_user::Input,
    ) -> Result<prompt_of_the_user::Output, prompt_of_the_user::Error>;
}

/// The bodies as the service takes them.
pub fn bodies(of: impl Bodies) -> quater::Bodies {
    let of = Arc::new(of);
    let mut bodies = quater::Bodies::new();
    let its = Arc::clone(&of);
    bodies.add("image_content", move |call, input| {
        its.image_content(&mut image_content::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("audio_content", move |call, input| {
        its.audio_content(&mut audio_content::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("multiple_content_types", move |call, input| {
        its.multiple_content_types(&mut multiple_content_types::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("with_logging", move |call, input| {
        its.with_logging(&mut with_logging::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("logging", move |call, input| {
        its.logging(&mut logging::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("sampling", move |call, input| {
        its.sampling(&mut sampling::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("elicitation", move |call, input| {
        its.elicitation(&mut elicitation::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("elicitation_defaults", move |call, input| {
        its.elicitation_defaults(&mut elicitation_defaults::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("elicitation_choices", move |call, input| {
        its.elicitation_choices(&mut elicitation_choices::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("missing_capability", move |call, input| {
        its.missing_capability(&mut missing_capability::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("streaming_elicitation", move |call, input| {
        its.streaming_elicitation(&mut streaming_elicitation::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("input_elicitation", move |call, input| {
        its.input_elicitation(&mut input_elicitation::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("input_sampling", move |call, input| {
        its.input_sampling(&mut input_sampling::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("input_roots", move |call, input| {
        its.input_roots(&mut input_roots::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("input_state", move |call, input| {
        its.input_state(&mut input_state::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("input_many", move |call, input| {
        its.input_many(&mut input_many::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("input_rounds", move |call, input| {
        its.input_rounds(&mut input_rounds::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("input_tampered", move |call, input| {
        its.input_tampered(&mut input_tampered::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("input_capabilities", move |call, input| {
        its.input_capabilities(&mut input_capabilities::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("static_binary", move |call, input| {
        its.static_binary(&mut static_binary::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("prompt_with_image", move |call, input| {
        its.prompt_with_image(&mut prompt_with_image::Context::new(call), input)
    });
    bodies.add("prompt_of_the_user", move |call, input| {
        of.prompt_of_the_user(&mut prompt_of_the_user::Context::new(call), input)
    });
    bodies
}

/// Serves `agents` with these bodies, as the command line says.
pub fn serve(of: impl Bodies) -> ExitCode {
    quater::serve(SERVICE, bodies(of))
}
